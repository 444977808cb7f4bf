"""Embed the photos of a MANIFEST.csv without any server, into a Parquet file that `tillsight catalogue load` reads.

    python tools/embed_gallery.py --gallery G.csv --out gallery.parquet

The vectors are those that `tillsight catalogue import` would have made. An interrupt loses nothing: run it again.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from embedding.enrolling import Origin, write_gallery
from entry import run

MODELS = Path(__file__).resolve().parent.parent / "model_repository"


def main(
    gallery: Annotated[Path, typer.Option(help="MANIFEST.csv: product_id,name,image[,store][,attributes]")],
    out: Annotated[Path, typer.Option(help="The Parquet file to write.")],
    model: Annotated[Path, typer.Option(help="The embedder's folder.")] = MODELS / "vgg",
    segmenter: Annotated[Path, typer.Option(help="The segmenter's folder.")] = MODELS / "unet",
    rotations: Annotated[int, typer.Option(min=1, max=36, help="Rotations of each photo.")] = 8,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Embed a gallery."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as progress:
        rows = write_gallery(out, gallery, Origin(model, segmenter, rotations), progress)
    if as_json:
        sys.stdout.write(json.dumps({"file": str(out), "rows": rows}) + "\n")
    else:
        Console(stderr=True).print(f"{rows} rows written to {out}")


if __name__ == "__main__":
    run(lambda: typer.run(main))
