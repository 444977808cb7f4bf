"""Figures of the running service on real servers of this machine; `python tools/benchmark.py COMMAND --help`.

Each command starts the servers it needs on loopback, in a temporary folder, and stops them afterwards.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from benchmarks.harness import running_triton, selected_kinds
from runtime.figures import show_variants
from runtime.model_folder import MODEL_REPOSITORY, parameter
from tillsight.cli.messages import explain
from tillsight.cli.options import counting_progress
from tillsight.config import configure_logging
from tillsight.domain.errors import TillsightError

app = typer.Typer(help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False)

err = Console(stderr=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else.")]

Kinds = Annotated[str, typer.Option("--milvus", help="lite, standalone (the real server), or both.")]


@app.callback()
def main() -> None:
    """Figures of the running service on real servers of this machine."""
    configure_logging("error")


@app.command()
def visibility(
    writes: Annotated[int, typer.Option(min=2, help="Photos to enrol; every second is removed again.")] = 200,
    rows: Annotated[int, typer.Option(min=0, help="Rows of other products in the gallery.")] = 5000,
    most_seconds: Annotated[
        int, typer.Option(min=1, help="Stop writing after this time, on each kind of Milvus.")
    ] = 90,
    milvus: Kinds = "both",
    as_json: AsJson = False,
) -> None:
    """How soon a search finds an acknowledged write, and whether an acknowledged removal ever reappears."""
    from benchmarks import visibility as benchmark

    figures: dict[str, Any] = {}
    kinds = selected_kinds(milvus)
    with running_triton(len(kinds) * writes, err) as (folder, triton, step):
        for kind in kinds:
            figures[kind] = benchmark.measure(folder(kind), kind, triton, writes, rows, most_seconds, step)
    show_variants(figures, "visibility", as_json)


@app.command()
def durability(
    rounds: Annotated[int, typer.Option(min=0, help="Rounds; in each, the service and Milvus are killed.")] = 10,
    upserts: Annotated[int, typer.Option(min=100, help="Rows written in a round.")] = 10_000,
    photos: Annotated[int, typer.Option(min=0, help="Photos of an import during which both are killed.")] = 60,
    most_seconds: Annotated[int, typer.Option(min=1, help="Start no round after this time.")] = 1200,
    milvus: Kinds = "standalone",
    as_json: AsJson = False,
) -> None:
    """Whether acknowledged rows are lost or duplicated when the service and Milvus are killed during writes."""
    from benchmarks import durability as benchmark

    figures: dict[str, Any] = {}
    kinds = selected_kinds(milvus)
    with running_triton(len(kinds) * (rounds + (3 if photos else 0)), err) as (folder, triton, step):
        for kind in kinds:
            if rounds:
                place = folder(f"{kind} rows")
                figures[f"{kind}, rows"] = benchmark.measure(place, kind, triton, rounds, upserts, most_seconds, step)
            if photos:
                place = folder(f"{kind} photos")
                figures[f"{kind}, import"] = benchmark.measure_import(place, kind, triton, photos, step)
    show_variants(figures, "durability", as_json)


@app.command()
def search(
    gallery: Annotated[Path, typer.Option(help="A Parquet file of `tillsight catalogue export` or embed_gallery.py.")],
    data: Annotated[Path, typer.Option(help="COCO folder of counter photos; a category is a product.")],
    models: Annotated[Path, typer.Option(help="The model repository.")] = MODEL_REPOSITORY,
    embedder: Annotated[str, typer.Option(help="The embedder in it.")] = "vgg",
    photos: Annotated[int, typer.Option(min=1, help="Use only so many photos, the first ones.")] = 200,
    milvus: Kinds = "both",
    as_json: AsJson = False,
) -> None:
    """How well and how fast Milvus finds crops of counter photos in a gallery, compared with an exact search."""
    from benchmarks import search as benchmark
    from evaluation import scenes
    from tillsight.client.parquet import GalleryFile

    figures: dict[str, Any] = {}
    fingerprint = parameter(models / embedder, "fingerprint")
    rows = benchmark.read_gallery(GalleryFile.open(gallery), fingerprint)
    products = {row.product_id for row in rows.rows.values()}
    counters = scenes.read(data)[:photos]
    with counting_progress() as progress, tempfile.TemporaryDirectory() as scratch:
        task = progress.add_task("Photos", total=len(counters))
        queries = benchmark.make_queries(
            counters, models / "unet", models / embedder, products, lambda: progress.update(task, advance=1)
        )
        for kind in selected_kinds(milvus):
            place = Path(scratch) / kind.replace(" ", "")
            figures[kind] = benchmark.measure(place, kind, rows, fingerprint, queries)
    show_variants(figures, "search", as_json)


@app.command("import")
def import_(
    photos: Annotated[int, typer.Option(min=1, help="Photos in a round.")] = 64,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; each uses Triton directly and then imports.")] = 3,
    most_seconds: Annotated[
        int, typer.Option(min=1, help="Start no round after this time, for each kind of photo.")
    ] = 75,
    milvus: Kinds = "standalone",
    as_json: AsJson = False,
) -> None:
    """How much longer an import takes than the embedder alone needs for the same crops."""
    from benchmarks import import_cost as benchmark

    figures = {}
    kinds = selected_kinds(milvus)
    with running_triton(len(kinds) * len(benchmark.PHOTO_KINDS) * rounds * 2, err) as (folder, triton, step):
        for kind in kinds:
            for photo_kind in benchmark.PHOTO_KINDS:
                place = folder(f"{kind} {photo_kind}")
                figures[f"{kind}, {photo_kind}"] = benchmark.measure(
                    place, kind, triton, photo_kind, photos, rounds, most_seconds, step
                )
    show_variants(figures, "import", as_json)


@app.command()
def rebuild(
    labels: Annotated[
        int, typer.Option(min=48, help="Products, with one photo each, enrolled at one rotation.")
    ] = 25_000,
    rate: Annotated[float, typer.Option(min=0.1, help="Photos recognised in a second, all the time.")] = 2.0,
    share: Annotated[float, typer.Option(min=0.05, max=1, help="Share of the time that the rebuild embeds.")] = 0.5,
    milvus: Kinds = "standalone",
    as_json: AsJson = False,
) -> None:
    """Rebuild a gallery for another embedder and swap it in, under a steady load: failures, mixtures and latencies."""
    from benchmarks import rebuild as benchmark

    figures = {}
    kinds = selected_kinds(milvus)
    with running_triton(len(kinds) * labels, err, benchmark.two_embedders) as (folder, triton, step):
        for kind in kinds:
            figures[kind] = benchmark.measure(folder(kind), kind, triton, labels, rate, share, step)
    show_variants(figures, "rebuild", as_json)


if __name__ == "__main__":
    try:
        app()
    except (TillsightError, OSError) as error:
        err.print(f"error: {explain(error)}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise SystemExit(2) from error
