"""Figures of the running service on real servers of this machine; `python tools/benchmark.py COMMAND --help`.

Each command starts what it needs on loopback, under a folder of its own, and stops it again.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from figures import show
from tillsight.cli.messages import explain
from tillsight.cli.options import counting_progress
from tillsight.config import configure_logging
from tillsight.domain.errors import TillsightError

app = typer.Typer(help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False)

MODELS = Path(__file__).resolve().parent.parent / "model_repository"
err = Console(stderr=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, nothing else there.")]

Kinds = Annotated[str, typer.Option("--milvus", help="lite, standalone (the real server), or both.")]


@app.callback()
def main() -> None:
    """Figures of the running service on real servers of this machine."""
    configure_logging("error")


@app.command()
def visibility(
    writes: Annotated[int, typer.Option(min=2, help="Photos enrolled; every second is removed again.")] = 200,
    rows: Annotated[int, typer.Option(min=0, help="Rows of other products in the gallery.")] = 5000,
    most_seconds: Annotated[int, typer.Option(min=1, help="Stop writing after so long, on each kind of Milvus.")] = 90,
    milvus: Kinds = "both",
    as_json: AsJson = False,
) -> None:
    """How soon an acknowledged write is found, and whether an acknowledged removal ever comes back."""
    from benchmarks import visibility as benchmark

    figures: dict[str, Any] = {}
    with measuring(len(kinds(milvus)) * writes) as (folder, triton, step):
        for kind in kinds(milvus):
            figures[kind] = benchmark.measure(folder(kind), kind, triton, writes, rows, most_seconds, step)
    show_kinds(figures, "visibility", as_json)


@app.command()
def durability(
    rounds: Annotated[int, typer.Option(min=0, help="In each the service and Milvus are killed.")] = 10,
    upserts: Annotated[int, typer.Option(min=100, help="Rows written in a round.")] = 10_000,
    photos: Annotated[int, typer.Option(min=0, help="Photos of an import during which both are killed.")] = 60,
    most_seconds: Annotated[int, typer.Option(min=1, help="Begin no round after so long.")] = 1200,
    milvus: Kinds = "standalone",
    as_json: AsJson = False,
) -> None:
    """Whether anything acknowledged is lost or doubled when the service and Milvus are killed amid writes."""
    from benchmarks import durability as benchmark

    figures: dict[str, Any] = {}
    with measuring(len(kinds(milvus)) * (rounds + (3 if photos else 0))) as (folder, triton, step):
        for kind in kinds(milvus):
            if rounds:
                place = folder(f"{kind} rows")
                figures[f"{kind}, rows"] = benchmark.measure(place, kind, triton, rounds, upserts, most_seconds, step)
            if photos:
                place = folder(f"{kind} photos")
                figures[f"{kind}, import"] = benchmark.measure_import(place, kind, triton, photos, step)
    show_kinds(figures, "durability", as_json)


@app.command()
def search(
    gallery: Annotated[Path, typer.Option(help="A Parquet file of `tillsight catalogue export` or embed_gallery.py.")],
    data: Annotated[Path, typer.Option(help="COCO folder of counter photos, a category being a product.")],
    models: Annotated[Path, typer.Option(help="The model repository.")] = MODELS,
    embedder: Annotated[str, typer.Option(help="The embedder in it.")] = "vgg",
    photos: Annotated[int, typer.Option(min=1, help="So many of the photos, the first ones.")] = 200,
    milvus: Kinds = "both",
    as_json: AsJson = False,
) -> None:
    """How well and how fast crops of counter photos are found in a gallery on Milvus, beside an exact search."""
    from benchmarks import search as benchmark
    from evaluation import models as model_folders
    from evaluation import scenes
    from tillsight.client.parquet import GalleryFile

    figures: dict[str, Any] = {}
    fingerprint = model_folders.parameter(models / embedder, "fingerprint")
    rows = benchmark.gallery_of(GalleryFile.open(gallery), fingerprint)
    known = {row.product_id for row in rows.rows.values()}
    listed = scenes.read(data)[:photos]
    with counting_progress() as progress, tempfile.TemporaryDirectory() as place:
        task = progress.add_task("Photos", total=len(listed))
        queries = benchmark.asked(
            listed, models / "unet", models / embedder, known, lambda: progress.update(task, advance=1)
        )
        for kind in kinds(milvus):
            figures[kind] = benchmark.measure(Path(place) / kind.replace(" ", ""), kind, rows, fingerprint, queries)
    show_kinds(figures, "search", as_json)


@app.command("import")
def import_(
    photos: Annotated[int, typer.Option(min=1, help="Photos a round.")] = 64,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds, each straight to Triton and then imported.")] = 3,
    most_seconds: Annotated[
        int, typer.Option(min=1, help="Begin no round after so long, for each kind of photo.")
    ] = 75,
    milvus: Kinds = "standalone",
    as_json: AsJson = False,
) -> None:
    """What an import costs over the embedder's own time for the same crops."""
    from benchmarks import importing as benchmark

    figures = {}
    with measuring(len(kinds(milvus)) * len(benchmark.FORMS) * rounds * 2) as (folder, triton, step):
        for kind in kinds(milvus):
            for form in benchmark.FORMS:
                place = folder(f"{kind} {form}")
                figures[f"{kind}, {form}"] = benchmark.measure(
                    place, kind, triton, form, photos, rounds, most_seconds, step
                )
    show_kinds(figures, "import", as_json)


@app.command()
def rebuild(
    labels: Annotated[int, typer.Option(min=48, help="Products, a photo each, enrolled at one rotation.")] = 25_000,
    rate: Annotated[float, typer.Option(min=0.1, help="Photos recognised a second, all the time.")] = 2.0,
    share: Annotated[float, typer.Option(min=0.05, max=1, help="Of the time the rebuild asks the embedder.")] = 0.5,
    milvus: Kinds = "standalone",
    as_json: AsJson = False,
) -> None:
    """Rebuild a gallery by another embedder and swap it in under a steady load: failures, mixtures, waiting times."""
    from benchmarks import rebuilding as benchmark

    figures = {}
    with measuring(len(kinds(milvus)) * labels, benchmark.two_embedders) as (folder, triton, step):
        for kind in kinds(milvus):
            figures[kind] = benchmark.measure(folder(kind), kind, triton, labels, rate, share, step)
    show_kinds(figures, "rebuild", as_json)


def kinds(milvus: str) -> list[str]:
    """The kinds of Milvus that an option names."""
    from benchmarks.servers import KINDS

    return list(KINDS) if milvus == "both" else [kind for kind in KINDS if ("Lite" in kind) == (milvus == "lite")]


@contextlib.contextmanager
def measuring(
    steps: int, models: Callable[[Path], Path] | None = None
) -> Iterator[tuple[Callable[[str], Path], str, Callable[[], None]]]:
    """New folders by name, the address of a Triton, and a progress bar's step, during the block."""
    from benchmarks import servers

    with (
        tempfile.TemporaryDirectory(prefix="tillsight-") as scratch,
        servers.triton(Path(scratch), models(Path(scratch)) if models else servers.MODELS) as triton,
        counting_progress() as progress,
    ):
        task = progress.add_task("Measuring", total=steps)

        def folder(name: str) -> Path:
            made = Path(scratch) / name.replace(" ", "-")
            made.mkdir()
            return made

        try:
            yield folder, triton, lambda: progress.advance(task)
        except KeyboardInterrupt:
            err.print("Interrupted: these are the figures so far")


def show_kinds(measured: dict[str, Any], title: str, as_json: bool) -> None:
    """The figures as JSON, or as a table with a column for each part with figures of its own."""
    parts = {name: part for name, part in measured.items() if isinstance(part, dict)}
    whole = {name: value for name, value in measured.items() if name not in parts}
    if whole:
        parts = {"": whole, **parts}
    show(measured, parts, dict.fromkeys(name for part in parts.values() for name in part), title, as_json)


if __name__ == "__main__":
    try:
        app()
    except (TillsightError, OSError) as error:
        err.print(f"error: {explain(error)}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise SystemExit(2) from error
