"""Figures of the models and the service on photos of yours; `python tools/evaluate.py COMMAND --help`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tillsight.errors import TillsightError

app = typer.Typer(help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False)

MODELS = Path(__file__).resolve().parent.parent / "model_repository"
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, nothing else there.")]


@app.callback()
def main() -> None:
    """Figures of the models and the service on photos of yours."""


@app.command()
def retrieval(
    gallery: Annotated[Path, typer.Option(help="gallery.csv: product_id,name,image[,store][,attributes]")],
    queries: Annotated[Path, typer.Option(help="queries.csv: product_id,image")],
    model: Annotated[Path, typer.Option(help="The embedder's folder.")] = MODELS / "vgg",
    rotations: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="References a photo, turned evenly; else 8 of a cut-out, 1 of another."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """How often the nearest reference is of the right product; every photo is taken whole, as one region."""
    from evaluation import manifests
    from evaluation import retrieval as evaluation

    with Progress(console=Console(stderr=True)) as progress:
        figures = evaluation.evaluate(
            manifests.read_gallery(gallery), manifests.read_queries(queries), model, rotations, progress
        )
    _show(figures, "retrieval", as_json)


@app.command()
def segmentation(
    data: Annotated[Path, typer.Option(help="Folder of annotated photos: COCO, masks or Ground Truth.")],
    model: Annotated[Path, typer.Option(help="The segmenter's folder.")] = MODELS / "unet",
    report: Annotated[Path | None, typer.Option(help="Write an HTML report with the worst photos here.")] = None,
    as_json: AsJson = False,
) -> None:
    """How well objects are found and separated, beside connected components on the same maps."""
    from evaluation import segmentation as evaluation
    from segmentation.dataset import read

    with Progress(console=Console(stderr=True)) as progress:
        photos = read(data, evaluation.form_of(data))
        figures, judged = evaluation.evaluate(photos, model, progress)
        if report is not None:
            evaluation.write_report(report, photos, judged, figures)
    _show(figures, "segmentation", as_json)


def _show(figures: dict[str, Any], title: str, as_json: bool) -> None:
    """The figures as one JSON object, or as a table with a column for each part with figures of its own."""
    if as_json:
        print(json.dumps(figures))
        return
    own = {name: value for name, value in figures.items() if not isinstance(value, dict)}
    parts: dict[str, dict[str, Any]] = {"all": own}
    for name, value in figures.items():
        if isinstance(value, dict):
            nested = all(isinstance(part, dict) for part in value.values())
            parts.update(value if nested else {name: value})
    table = Table("figure", *parts, title=title)
    for name in own:
        table.add_row(name, *(_format(part.get(name)) for part in parts.values()))
    Console().print(table)


def _format(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.3f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    try:
        app()
    except TillsightError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(2) from error
