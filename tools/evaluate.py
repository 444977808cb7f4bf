"""Figures of the models and the service on photos of yours; `python tools/evaluate.py COMMAND --help`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from entry import run
from figures import show
from tillsight.client.client import Client
from tillsight.config import configure_logging

app = typer.Typer(help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False)

MODELS = Path(__file__).resolve().parent.parent / "model_repository"
Vectors = Annotated[
    Path | None, typer.Option(help="Read the gallery's vectors from this Parquet file; made where it is missing.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, nothing else there.")]


@app.callback()
def main() -> None:
    """Figures of the models and the service on photos of yours."""
    configure_logging("warning")


@app.command()
def retrieval(
    gallery: Annotated[Path, typer.Option(help="gallery.csv: product_id,name,image[,store][,attributes]")],
    queries: Annotated[Path, typer.Option(help="queries.csv: product_id,image")],
    model: Annotated[Path, typer.Option(help="The embedder's folder.")] = MODELS / "vgg",
    rotations: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="References a photo, turned evenly; else 8 of a cut-out, 1 of another."),
    ] = None,
    vectors: Vectors = None,
    report: Annotated[Path | None, typer.Option(help="Write an HTML report with the worst mistakes here.")] = None,
    as_json: AsJson = False,
) -> None:
    """How often the nearest product, as the service groups them, is the right one; every photo is taken whole.

    Where the embedder's folder has a tuned_classes.json, products it was tuned on and others are reported apart.
    """
    from evaluation import manifests
    from evaluation import retrieval as evaluation
    from evaluation.inprocess import LocalEmbedder
    from evaluation.vectors import cached

    entries, asked = manifests.read_gallery(gallery), manifests.read_queries(queries)
    embedder, products = LocalEmbedder(model), {entry.product_id for entry in entries}
    with Progress(console=Console(stderr=True)) as progress:
        make = partial(evaluation.enrolled, entries, embedder, rotations, progress)
        held = cached(vectors, products, embedder, make)
        objects = evaluation.objects(asked, embedder, progress)
        ranked = evaluation.rank(held, objects, progress)
    figures = evaluation.figures(ranked, len(products), evaluation.groups(entries), manifests.tuned_classes(model))
    if report is not None:
        evaluation.write_report(report, entries, asked, ranked, figures)
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


@app.command()
def endtoend(
    data: Annotated[Path, typer.Option(help="COCO folder of counter photos, a category being a product.")],
    gallery: Annotated[Path, typer.Option(help="MANIFEST.csv: product_id,name,image[,store][,attributes]")],
    server: Annotated[
        str | None, typer.Option(help="Ask this service, HOST:PORT; the gallery is added to what it holds.")
    ] = None,
    milvus: Annotated[str | None, typer.Option(help="Use this Milvus, a URI, instead of starting Milvus Lite.")] = None,
    models: Annotated[Path, typer.Option(help="The model repository for Triton.")] = MODELS,
    vectors: Vectors = None,
    calibration: Annotated[
        Path | None, typer.Option(help="Judge by this JSON of `calibrate` instead of the embedder's own.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write an HTML report with the worst mistakes here.")] = None,
    as_json: AsJson = False,
) -> None:
    """What the whole service makes of counter photos: enrolled and recognised over gRPC, on real Triton and Milvus.

    An object's label is its product_id: the best guess, unless the verdict is UNKNOWN.
    """
    from evaluation import endtoend as evaluation
    from evaluation import endtoend_report, manifests, scenes
    from tillsight.cli.gallery_files import calibration_of
    from tillsight.client import manifest

    rows, counters = list(manifest.read_manifest(gallery)), scenes.read(data)
    with Progress(console=Console(stderr=True)) as progress:
        opened = Client(server) if server else evaluation.service(milvus, models, progress)
        with opened as client:
            evaluation.enrol(client, rows, vectors, progress)
            if calibration is not None:
                client.calibrate(*calibration_of(calibration))
            checkouts = evaluation.recognise(client, counters, progress)
    held = {row.product_id for row in rows}
    groups = {entry.product_id: entry.group for entry in manifests.read_gallery(gallery)}
    figures = evaluation.figures(checkouts, held, groups, manifests.tuned_classes(models / "vgg"))
    if report is not None:
        endtoend_report.write(report, checkouts, rows, held, figures)
    _show(figures, "endtoend", as_json)


@app.command()
def calibrate(
    gallery: Annotated[Path, typer.Option(help="gallery.csv: product_id,name,image[,store][,attributes]")],
    data: Annotated[
        Path | None, typer.Option(help="COCO folder of counter photos, a category being a product.")
    ] = None,
    queries: Annotated[Path | None, typer.Option(help="Or queries.csv: product_id,image; photos taken whole.")] = None,
    model: Annotated[Path, typer.Option(help="The embedder's folder.")] = MODELS / "vgg",
    segmenter: Annotated[Path, typer.Option(help="The segmenter's folder.")] = MODELS / "unet",
    wrong: Annotated[float, typer.Option(min=0, max=0.5, help="Share of KNOWN answers that may be wrong.")] = 0.01,
    lost: Annotated[float, typer.Option(min=0, max=0.5, help="Share of enrolled objects that may be UNKNOWN.")] = 0.01,
    strangers: Annotated[
        float, typer.Option(min=0.01, max=0.99, help="Share of all objects whose product is not enrolled.")
    ] = 0.1,
    vectors: Vectors = None,
    plot: Annotated[Path | None, typer.Option(help="Draw the reliability of held-out answers as this PNG.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Write it into the embedder's config.pbtxt.")] = False,
    as_json: AsJson = False,
) -> None:
    """Fit how similarities become probabilities and verdicts; figures are of products and photos held out.

    Give the JSON to `tillsight catalogue calibrate` for a gallery that runs, or --keep it for all new ones.
    """
    from evaluation import calibrating, manifests, models, retrieval, scenes
    from evaluation.inprocess import LocalEmbedder, LocalSegmenter
    from evaluation.vectors import cached

    if (data is None) == (queries is None):
        raise typer.BadParameter("name --data or --queries")
    entries, embedder = manifests.read_gallery(gallery), LocalEmbedder(model)
    products = {entry.product_id for entry in entries}
    with Progress(console=Console(stderr=True)) as progress:
        if data is not None:
            unet = LocalSegmenter(segmenter)
            held = cached(vectors, products, embedder, lambda: calibrating.enrolled(entries, unet, embedder, progress))
            objects = calibrating.objects_of_scenes(scenes.read(data), unet, embedder, progress)
        elif queries is not None:
            held = cached(vectors, products, embedder, lambda: retrieval.enrolled(entries, embedder, None, progress))
            objects = retrieval.objects(manifests.read_queries(queries), embedder, progress)
    fitted, figures, pairs = calibrating.calibrate(held, objects, manifests.twins(gallery), lost, wrong, strangers)
    if plot is not None:
        calibrating.plot(plot, pairs, figures["ece"])
    if keep:
        models.keep_calibration(model, fitted)
    _show(calibrating.told(fitted, embedder.fingerprint, figures), "calibration", as_json)


def _show(measured: dict[str, Any], title: str, as_json: bool) -> None:
    """The figures as JSON, or as a table with a column for each part with figures of its own."""
    own = {name: value for name, value in measured.items() if not isinstance(value, dict)}
    parts: dict[str, dict[str, Any]] = {"all": own}
    for name, value in measured.items():
        if isinstance(value, dict):
            nested = all(isinstance(part, dict) for part in value.values())
            parts.update(value if nested else {name: value})
    show(measured, parts, own, title, as_json)


if __name__ == "__main__":
    run(app)
