"""Embed the photos of a MANIFEST.csv without a server, into a Parquet file for `tillsight catalogue load`.

    python tools/embed_gallery.py --gallery G.csv --out gallery.parquet

The vectors are those of `tillsight catalogue import`. An interrupted run keeps its progress: run it again.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from embedding.gallery_embedding import EmbeddingModels, write_gallery
from runtime.command import run, timed_progress
from runtime.model_folder import MODEL_REPOSITORY


def main(
    gallery: Annotated[Path, typer.Option(help="MANIFEST.csv: product_id,name,image[,store][,attributes]")],
    out: Annotated[Path, typer.Option(help="The Parquet file to write.")],
    model: Annotated[Path, typer.Option(help="The embedder's folder.")] = MODEL_REPOSITORY / "vgg",
    segmenter: Annotated[Path, typer.Option(help="The segmenter's folder.")] = MODEL_REPOSITORY / "unet",
    rotations: Annotated[int, typer.Option(min=1, max=36, help="Rotations of each photo.")] = 8,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Embed a gallery."""
    console = Console(stderr=True)
    with timed_progress(console, counted=True) as progress:
        rows = write_gallery(out, gallery, EmbeddingModels(model, segmenter, rotations), progress)
    if as_json:
        sys.stdout.write(json.dumps({"file": str(out), "rows": rows}) + "\n")
    else:
        console.print(f"{rows} rows written to {out}")


if __name__ == "__main__":
    run(lambda: typer.run(main))
