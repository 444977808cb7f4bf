"""What each part of the segmenter's recipe brings: trainings that each leave one part out, judged on photos of others.

python tools/ablate_unet.py --data TRAIN --test TEST --steps 250 --json
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import cv2
import numpy as np
import torch
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from entry import run
from segmentation.dataset import AnnotatedPhoto, Form, read
from segmentation.export import Served
from segmentation.feeding import Recipe
from segmentation.network import HEIGHT, WIDTH, Unet
from segmentation.scoring import Tally, tally
from segmentation.stock import material, mixed, store_stock, varied
from segmentation.training import Plan, train
from tillsight.imaging.letterbox import letterbox
from tillsight.recognition.instance_separation import MIN_INSTANCE_AREA, separate_instances

SMALLER, LARGER = ((256, 352), (384, 512)), ((384, 512), (576, 768))
SHOWN = ("foreground_iou", "ap50", "ap75", "exact_count", "merges")


@dataclass(frozen=True, slots=True)
class Variant:
    """A training that differs from the shipped recipe in one way."""

    name: str
    recipe: Recipe = field(default_factory=Recipe)
    pretrained: bool = True
    store: float = 0.3
    parts: bool = True


VARIANTS = (
    Variant("as shipped"),
    Variant("encoder not pretrained", pretrained=False),
    Variant("input 384 x 512", Recipe(sizes=SMALLER)),
    Variant("input 576 x 768", Recipe(sizes=LARGER)),
    Variant("whole photos only, nothing composed", Recipe(composed=0.0)),
    Variant("composed objects never touch", Recipe(touching=False)),
    Variant("no change of light and lens", Recipe(relit=False)),
    Variant("no bands, parts and limbs", Recipe(banded=0.0), parts=False),
    Variant("no objects from the store", store=0.0),
)


def main(
    data: Annotated[Path, typer.Option(help="Folder of annotated photos to learn from, in COCO form.")],
    test: Annotated[Path, typer.Option(help="Folder of annotated photos of other objects, in COCO form.")],
    steps: Annotated[int, typer.Option(min=2, help="Steps of each training, from ImageNet's encoder.")] = 250,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    threads: Annotated[int, typer.Option(min=0, help="0: as many as there are cores.")] = 0,
    only: Annotated[str, typer.Option(help="Only variants with this in their name.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Train once as shipped and once without each part of the recipe; the same steps and seed for all."""
    console = Console(stderr=True)
    cv2.setNumThreads(1)
    torch.set_num_threads(threads or os.cpu_count() or 1)
    learnt, tested = read(data, Form.COCO), read(test, Form.COCO)
    results: dict[str, dict[str, float]] = {}
    for variant in (one for one in VARIANTS if only in one.name):
        with Progress(console=console) as progress:
            network = trained(variant, learnt, steps, seed, progress)
            results[variant.name] = judged(network, tested, variant.recipe.sizes[1], progress)
        console.print(variant.name, results[variant.name])
    if as_json:
        sys.stdout.write(json.dumps({"steps": steps, "seed": seed, "variants": results}) + "\n")
        return
    table = Table("", *SHOWN)
    for name, figures in results.items():
        table.add_row(name, *(f"{figures[key]:.3f}" for key in SHOWN))
    Console().print(table)


def trained(variant: Variant, photos: list[AnnotatedPhoto], steps: int, seed: int, progress: Progress) -> Unet:
    """The last averaged weights of a training from ImageNet's encoder, or from nothing."""
    torch.manual_seed(seed)
    network = Unet()
    if variant.pretrained:
        network.encoder.load_imagenet()
    own = material(photos, progress, "photos")
    rng = np.random.default_rng(seed)
    stock = own.stock
    if variant.store:
        stock = mixed(rng, stock, store_stock(seed, progress), variant.store)
    if variant.parts:
        stock = varied(rng, stock)
    plan = Plan(None, steps, seed, recipe=variant.recipe, averaged=0.95, judge_from=1.0)
    if not variant.pretrained:
        plan = replace(plan, encoder_rate=plan.decoder_rate, frozen_stages=0)
    with tempfile.TemporaryDirectory() as folder:
        return train(network, own.photos, stock, plan, lambda _: {"selection": 0.0}, Path(folder), progress)[0]


def judged(network: Unet, photos: list[AnnotatedPhoto], size: tuple[int, int], progress: Progress) -> dict[str, float]:
    """The figures of `Tally` on whole photos at an input of the given height and width."""
    served, total = Served(network.folded()).eval(), Tally()
    speck = MIN_INSTANCE_AREA * size[0] * size[1] / (HEIGHT * WIDTH)
    for photo in progress.track(photos, description="test photos"):
        pixels, annotation = photo.load()
        fitted, placement = letterbox(pixels, *size)
        with torch.inference_mode():
            maps = served(torch.from_numpy(np.ascontiguousarray(fitted))[None])[0].numpy()
        total.add(tally(annotation.ids, separate_instances(maps, placement, min_area=speck)))
    return total.figures()


if __name__ == "__main__":
    run(lambda: typer.run(main))
