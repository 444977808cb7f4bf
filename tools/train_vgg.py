"""Tune the embedder `vgg` on your shop's labelled photos, and export it for Triton.

    python tools/train_vgg.py --gallery MANIFEST.csv --out DIR --minutes 10

A new product does not need this. Tuning changes the last convolution and the whitening; the features of all other
layers are computed once. With `--steps 0 --wccn 0.5` only the whitening changes, by within-class covariance
normalisation (WCCN). An interrupted run keeps its progress: run the same command with --resume.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from embedding.tuning_run import TuningOptions, run_tuning
from runtime.command import run
from runtime.model_folder import MODEL_REPOSITORY


def main(
    gallery: Annotated[Path, typer.Option(help="MANIFEST.csv: product_id,name,image; several photos a product.")],
    out: Annotated[Path, typer.Option(help="Model folder to write.")],
    minutes: Annotated[float, typer.Option(min=0.05, help="Tuning time, without the frozen layers.")] = 10.0,
    steps: Annotated[int | None, typer.Option(min=0, help="Tune this number of steps instead.")] = None,
    start: Annotated[Path, typer.Option(help="The embedder to start from.")] = MODEL_REPOSITORY / "vgg",
    wccn: Annotated[
        float,
        typer.Option(min=0, max=0.95, help="Strength of within-class covariance normalisation after the tuning."),
    ] = 0.0,
    views: Annotated[
        int, typer.Option(min=1, help="Augmented views of each photo; the first is the photo itself.")
    ] = 3,
    hold_out_classes: Annotated[
        float, typer.Option(min=0, max=0.9, help="Share of classes that are held out, to measure unseen ones.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all random draws.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Continue from OUT/.training.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Write OUT/1/model.onnx, config.pbtxt, MODEL_CARD.md, tuned_classes.json and training_report.html."""
    options = TuningOptions(gallery, out, minutes, steps, start, wccn, views, hold_out_classes, seed, resume)
    console = Console(stderr=True)
    figures = run_tuning(options, console)
    if as_json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        console.print(figures)


if __name__ == "__main__":
    run(lambda: typer.run(main))
