"""What each part of the segmenter's recipe contributes: trainings without one part each, tested on other photos."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.progress import Progress

from segmentation.annotated_photo import AnnotatedPhoto
from segmentation.batches import SceneRecipe
from segmentation.cutout_pool import add_variations, mix_pools, store_pool
from segmentation.export import ServedUnet
from segmentation.metrics import InstanceCounts, count_matches
from segmentation.network import HEIGHT, WIDTH, Unet
from segmentation.photo_decomposition import decompose_photos
from segmentation.schedule import Plan
from segmentation.training import train
from tillsight.imaging.letterbox import letterbox
from tillsight.recognition.instance_separation import MIN_INSTANCE_AREA, separate_instances

SMALLER, LARGER = ((256, 352), (384, 512)), ((384, 512), (576, 768))
AVERAGE_KEEP = 0.95
"""Short trainings average over fewer steps than the shipped one."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A training that differs from the shipped recipe in one way."""

    name: str
    recipe: SceneRecipe = field(default_factory=SceneRecipe)
    pretrained: bool = True
    store_share: float = 0.3
    variations: bool = True


VARIANTS = (
    Variant("as shipped"),
    Variant("encoder not pretrained", pretrained=False),
    Variant("input 384 x 512", SceneRecipe(sizes=SMALLER)),
    Variant("input 576 x 768", SceneRecipe(sizes=LARGER)),
    Variant("whole photos only, no composed scenes", SceneRecipe(composed=0.0)),
    Variant("composed objects never touch", SceneRecipe(touching=False)),
    Variant("no photometric augmentation", SceneRecipe(photometric=False)),
    Variant("no bands, protruding parts and articulated objects", SceneRecipe(band_share=0.0), variations=False),
    Variant("no objects from the store", store_share=0.0),
)


def run_variants(
    variants: Sequence[Variant],
    training: list[AnnotatedPhoto],
    test: list[AnnotatedPhoto],
    steps: int,
    seed: int,
    console: Console,
) -> dict[str, dict[str, float]]:
    """The test figures of each variant, by its name."""
    results: dict[str, dict[str, float]] = {}
    for variant in variants:
        with Progress(console=console) as progress:
            network = train_variant(variant, training, steps, seed, progress)
            results[variant.name] = measure_network(network, test, variant.recipe.sizes[1], progress)
        console.print(variant.name, results[variant.name])
    return results


def train_variant(variant: Variant, photos: list[AnnotatedPhoto], steps: int, seed: int, progress: Progress) -> Unet:
    """The last averaged weights of a training from the ImageNet encoder, or from random weights."""
    torch.manual_seed(seed)
    network = Unet()
    if variant.pretrained:
        network.encoder.load_imagenet()
    own = decompose_photos(photos, progress, "photos")
    rng = np.random.default_rng(seed)
    pool = own.pool
    if variant.store_share:
        pool = mix_pools(rng, pool, store_pool(seed, progress), variant.store_share)
    if variant.variations:
        pool = add_variations(rng, pool)
    plan = Plan(None, steps, seed, recipe=variant.recipe, average_keep=AVERAGE_KEEP, validate_from=1.0)
    if not variant.pretrained:
        plan = replace(plan, encoder_rate=plan.decoder_rate, frozen_stages=0)
    with tempfile.TemporaryDirectory() as folder:
        return train(network, own.scenes, pool, plan, lambda _: {"selection": 0.0}, Path(folder), progress)[0]


def measure_network(
    network: Unet, photos: list[AnnotatedPhoto], size: tuple[int, int], progress: Progress
) -> dict[str, float]:
    """The figures of `InstanceCounts` on whole photos, at an input of this (height, width)."""
    served, total = ServedUnet(network.folded()).eval(), InstanceCounts()
    min_area = MIN_INSTANCE_AREA * size[0] * size[1] / (HEIGHT * WIDTH)
    for photo in progress.track(photos, description="test photos"):
        pixels, annotation = photo.load()
        fitted, placement = letterbox(pixels, *size)
        with torch.inference_mode():
            maps = served(torch.from_numpy(np.ascontiguousarray(fitted))[None])[0].numpy()
        total.add(count_matches(annotation.ids, separate_instances(maps, placement, min_area=min_area)))
    return total.figures()
