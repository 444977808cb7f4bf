"""Train the segmenter on annotated photos of yours and export it for Triton.

    python tools/train_unet.py --data DIR --format coco --out model_repository/unet --minutes 10

A handful of photos will do: their objects are cut out and composed anew, touching and apart. An interrupt loses
nothing: run the same command with --resume.
"""

from __future__ import annotations

import copy
import json
import os
import sys
from pathlib import Path
from typing import Annotated

# Training and the worker that draws scenes share the cores: threads that spin while they wait would steal from it.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import cv2
import numpy as np
import torch
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from entry import run
from segmentation import card, judging
from segmentation.compose import Stock
from segmentation.dataset import Form, read
from segmentation.export import export, stored_weights
from segmentation.network import Unet
from segmentation.report import write_report
from segmentation.stock import material, mixed, store_stock, varied
from segmentation.training import FULL_SIZE_FROM, Plan, train
from tillsight.domain.errors import InvalidInput

SHIPPED = Path(__file__).resolve().parent.parent / "model_repository" / "unet"
IMAGENET = "imagenet"
FROM_IMAGENET, GOING_ON = (2e-3, 4e-4), (3e-4, 1e-4)
"""Peak learning rates of decoder and encoder: a decoder that already knows its trade must not be shaken."""


def main(
    data: Annotated[Path, typer.Option(help="Folder of annotated photos.")],
    form: Annotated[Form, typer.Option("--format", help="How they are annotated.")],
    out: Annotated[Path, typer.Option(help="Model folder to write, such as model_repository/unet.")],
    minutes: Annotated[float, typer.Option(min=0.1, help="Time to train; loading and export come on top.")] = 10.0,
    steps: Annotated[int | None, typer.Option(min=1, help="Train so many steps instead: reproducible exactly.")] = None,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from OUT/.training/last.pt.")] = False,
    start: Annotated[
        str | None,
        typer.Option(
            help="Weights to start from: a model folder this tool wrote, or imagenet. Default: the shipped model."
        ),
    ] = None,
    rate: Annotated[
        float | None, typer.Option(min=1e-6, help="Peak learning rate of the decoder; the encoder's is a third of it.")
    ] = None,
    store: Annotated[float, typer.Option(min=0, max=1, help="Share of the synthetic store's objects in scenes.")] = 0.3,
    full_size_from: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the time after which scenes have the network's full size.")
    ] = FULL_SIZE_FROM,
    threads: Annotated[int, typer.Option(min=0, help="0: as many as there are cores.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Train the segmenter and write OUT/1/model.onnx, config.pbtxt, MODEL_CARD.md and training_report.html."""
    console = Console(stderr=True)
    cv2.setNumThreads(1)
    torch.set_num_threads(threads or os.cpu_count() or 1)
    torch.manual_seed(seed)
    network, origin = started(start)
    rates = (rate, rate / 3) if rate else FROM_IMAGENET if origin == IMAGENET else GOING_ON
    plan = Plan(
        None if steps else minutes, steps, seed, decoder_rate=rates[0], encoder_rate=rates[1],
        full_size_from=full_size_from,
    )  # fmt: skip
    with Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:3.0f} %"), TimeElapsedColumn(),
        TimeRemainingColumn(), console=console,
    ) as progress:  # fmt: skip
        photos = read(data, form)
        learnt, kept = divided(len(photos), seed)
        own = material([photos[i] for i in learnt], progress, "photos")
        checked = material([photos[i] for i in kept], progress, "held-out photos") if kept else own
        spare = store_stock(seed, progress) if store > 0 or not own.stock.cutouts else Stock([], [])
        rng = np.random.default_rng(seed)
        stock = varied(rng, mixed(rng, own.stock, spare, store))
        if not stock.grounds:
            raise InvalidInput(f"{data}: objects cover every photo, so no ground is left to learn: add --store 0.2")
        scenes = judging.held_out(checked.photos if kept else [], Stock(checked.stock.cutouts, stock.grounds), seed)
        console.print(
            f"{len(learnt)} photos to learn from, {len(kept)} held out; {len(own.stock.cutouts)} objects, "
            f"{len(stock.cutouts) - len(own.stock.cutouts)} repeated, varied, drawn or from the store; "
            f"starting from {origin}"
        )
        device = "cuda" if torch.cuda.is_available() else "cpu"
        known = None if origin == IMAGENET else copy.deepcopy(network)
        best, history = train(
            network.to(device), own.photos, stock, plan, lambda net: judging.judge(net, scenes),
            out / ".training", progress, resume,
        )  # fmt: skip
    best, figures = judging.for_writing(best.to("cpu"), known, scenes)
    made = card.Making(data.name, form.value, len(learnt), len(own.stock.cutouts), store, origin, len(history.steps),
                       history.steps[-1]["seconds"] / 60, seed)  # fmt: skip
    fingerprint = export(best, out, card.text(made, figures))
    write_report(out / "training_report.html", history, scenes, judging.found_in(best, scenes), figures)
    told = {"model": str(out), "fingerprint": fingerprint, "steps": len(history.steps), **figures}
    if as_json:
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        console.print(told)


def started(start: str | None) -> tuple[Unet, str]:
    """The network to go on from, and where its weights come from."""
    if start is None and (SHIPPED / "1" / "model.onnx").is_file():
        start = str(SHIPPED)
    if start in (None, IMAGENET):
        network = Unet()
        network.encoder.load_imagenet()
        return network, IMAGENET
    folder = Path(str(start))
    if not (folder / "1" / "model.onnx").is_file():
        raise InvalidInput(f"{folder}: no 1/model.onnx to start from; give a model folder or `imagenet`")
    network = Unet(normalised=False)
    try:
        network.load_state_dict(dict(stored_weights(folder)))
    except RuntimeError as error:
        raise InvalidInput(f"{folder}/1/model.onnx is not a network of this tool's: {error}") from error
    return network, folder.name


def divided(count: int, seed: int) -> tuple[list[int], list[int]]:
    """Photos to learn from and photos held out: one in eight, none where there are fewer than six."""
    order = np.random.default_rng((seed, 3)).permutation(count).tolist()
    kept = min(max(2, count // 8), 24) if count >= 6 else 0
    return sorted(order[kept:]), sorted(order[:kept])


if __name__ == "__main__":
    run(lambda: typer.run(main))
