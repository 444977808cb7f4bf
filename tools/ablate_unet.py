"""Train the segmenter without each part of its recipe in turn, and test every result on other photos.

python tools/ablate_unet.py --data TRAIN --test TEST --steps 250 --json
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import cv2
import torch
import typer
from rich.console import Console
from rich.table import Table

from runtime.command import run
from segmentation.ablation import VARIANTS, run_variants
from segmentation.dataset import AnnotationFormat, read_dataset
from segmentation.validation import FIGURES


def main(
    data: Annotated[Path, typer.Option(help="Folder of annotated photos to learn from, in COCO format.")],
    test: Annotated[Path, typer.Option(help="Folder of annotated photos of other objects, in COCO format.")],
    steps: Annotated[int, typer.Option(min=2, help="Steps of each training, from the ImageNet encoder.")] = 250,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all random draws.")] = 0,
    threads: Annotated[int, typer.Option(min=0, help="Threads; 0 for one on each core.")] = 0,
    only: Annotated[str, typer.Option(help="Only variants with this text in their name.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Train once as shipped and once without each part of the recipe, all with the same steps and seed."""
    cv2.setNumThreads(1)
    torch.set_num_threads(threads or os.cpu_count() or 1)
    training, tested = read_dataset(data, AnnotationFormat.COCO), read_dataset(test, AnnotationFormat.COCO)
    variants = [variant for variant in VARIANTS if only in variant.name]
    results = run_variants(variants, training, tested, steps, seed, Console(stderr=True))
    if as_json:
        sys.stdout.write(json.dumps({"steps": steps, "seed": seed, "variants": results}) + "\n")
        return
    table = Table("", *FIGURES)
    for name, figures in results.items():
        table.add_row(name, *(f"{figures[key]:.3f}" for key in FIGURES))
    Console().print(table)


if __name__ == "__main__":
    run(lambda: typer.run(main))
