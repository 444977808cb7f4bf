"""Train the segmenter on your annotated photos and export it for Triton.

    python tools/train_unet.py --data DIR --format coco --out model_repository/unet --minutes 10

A few photos are enough: their objects are cut out and composed into new scenes, in contact and apart. An interrupted
training keeps its progress: run the same command with --resume.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated

# The training and the worker that draws scenes share the cores. OpenMP threads that wait actively would slow both.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import typer
from rich.console import Console

from runtime.command import run
from segmentation.dataset import AnnotationFormat
from segmentation.schedule import FULL_SIZE_FROM
from segmentation.training_run import TrainingOptions, run_training


def main(
    data: Annotated[Path, typer.Option(help="Folder of annotated photos.")],
    annotation_format: Annotated[AnnotationFormat, typer.Option("--format", help="How they are annotated.")],
    out: Annotated[Path, typer.Option(help="Model folder to write, such as model_repository/unet.")],
    minutes: Annotated[float, typer.Option(min=0.1, help="Training time, without loading and export.")] = 10.0,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Train this number of steps instead; the result is reproducible.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all random draws.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Continue from OUT/.training/last.pt.")] = False,
    start: Annotated[
        str | None,
        typer.Option(
            help="Weights to start from: a model folder of this tool, or imagenet. Default: the shipped model."
        ),
    ] = None,
    rate: Annotated[
        float | None, typer.Option(min=1e-6, help="Peak learning rate of the decoder; the encoder's is a third of it.")
    ] = None,
    store: Annotated[float, typer.Option(min=0, max=1, help="Share of the synthetic store's objects in scenes.")] = 0.3,
    full_size_from: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the training after which scenes have the served size.")
    ] = FULL_SIZE_FROM,
    threads: Annotated[int, typer.Option(min=0, help="Threads; 0 for one on each core.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Train the segmenter and write OUT/1/model.onnx, config.pbtxt, MODEL_CARD.md and training_report.html."""
    options = TrainingOptions(
        data, annotation_format, out, minutes, steps, seed, resume, start, rate, store, full_size_from, threads
    )
    console = Console(stderr=True)
    figures = run_training(options, console)
    if as_json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        console.print(figures)


if __name__ == "__main__":
    run(lambda: typer.run(main))
