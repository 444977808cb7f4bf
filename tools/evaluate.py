"""Figures of the models and of the service on your photos; `python tools/evaluate.py COMMAND --help`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from runtime.command import run
from runtime.figures import show_groups
from runtime.model_folder import MODEL_REPOSITORY, write_calibration
from tillsight.config import configure_logging

app = typer.Typer(help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False)

Vectors = Annotated[
    Path | None, typer.Option(help="Read the gallery's vectors from this Parquet file; written if it is missing.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else.")]


@app.callback()
def main() -> None:
    """Figures of the models and of the service on your photos."""
    configure_logging("warning")


@app.command()
def retrieval(
    gallery: Annotated[Path, typer.Option(help="gallery.csv: product_id,name,image[,store][,attributes]")],
    queries: Annotated[Path, typer.Option(help="queries.csv: product_id,image")],
    model: Annotated[Path, typer.Option(help="The embedder's folder.")] = MODEL_REPOSITORY / "vgg",
    rotations: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="Rotations of each reference. Default: 8 for a cut-out, 1 for a whole photo."),
    ] = None,
    vectors: Vectors = None,
    report: Annotated[Path | None, typer.Option(help="Write an HTML report of the worst mistakes here.")] = None,
    as_json: AsJson = False,
) -> None:
    """How often the nearest product, in the service's ranking, is the right one. Photos are taken whole.

    If the embedder's folder has a tuned_classes.json, the products it was tuned on have figures of their own.
    """
    from evaluation import manifests, retrieval_report, whole_photos
    from evaluation import retrieval as evaluation
    from evaluation.local_models import LocalEmbedder
    from evaluation.vector_cache import load_or_build

    entries, asked = manifests.read_gallery(gallery), manifests.read_queries(queries)
    embedder, products = LocalEmbedder(model), {entry.product_id for entry in entries}
    with Progress(console=Console(stderr=True)) as progress:
        build = partial(whole_photos.enrol_whole_photos, entries, embedder, rotations, progress)
        enrolled = load_or_build(vectors, products, embedder, build)
        objects = whole_photos.whole_photo_queries(asked, embedder, progress)
        ranked = evaluation.rank_queries(enrolled, objects, progress)
    groups = evaluation.product_groups(entries)
    figures = evaluation.compute_figures(ranked, len(products), groups, manifests.tuned_classes(model))
    if report is not None:
        retrieval_report.write_report(report, entries, asked, ranked, figures)
    show_groups(figures, "retrieval", as_json)


@app.command()
def segmentation(
    data: Annotated[Path, typer.Option(help="Folder of annotated photos: COCO, masks or Ground Truth.")],
    model: Annotated[Path, typer.Option(help="The segmenter's folder.")] = MODEL_REPOSITORY / "unet",
    report: Annotated[Path | None, typer.Option(help="Write an HTML report of the worst photos here.")] = None,
    as_json: AsJson = False,
) -> None:
    """How well objects are found and separated, compared with connected components on the same maps."""
    from evaluation import segmentation as evaluation
    from segmentation.dataset import detect_format, read_dataset

    with Progress(console=Console(stderr=True)) as progress:
        photos = read_dataset(data, detect_format(data))
        figures, results = evaluation.evaluate(photos, model, progress)
        if report is not None:
            evaluation.write_report(report, photos, results, figures)
    show_groups(figures, "segmentation", as_json)


@app.command()
def endtoend(
    data: Annotated[Path, typer.Option(help="COCO folder of counter photos; a category is a product.")],
    gallery: Annotated[Path, typer.Option(help="MANIFEST.csv: product_id,name,image[,store][,attributes]")],
    server: Annotated[
        str | None, typer.Option(help="Use this service, HOST:PORT. The gallery is added to the service's own.")
    ] = None,
    milvus: Annotated[str | None, typer.Option(help="Use this Milvus, a URI, instead of starting Milvus Lite.")] = None,
    models: Annotated[Path, typer.Option(help="The model repository for Triton.")] = MODEL_REPOSITORY,
    vectors: Vectors = None,
    calibration: Annotated[
        Path | None, typer.Option(help="Use this JSON of `calibrate` instead of the embedder's calibration.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write an HTML report of the worst mistakes here.")] = None,
    as_json: AsJson = False,
) -> None:
    """The whole service on counter photos, over gRPC, with real Triton and Milvus.

    An object's label is its product_id: the best candidate, unless the verdict is UNKNOWN.
    """
    from evaluation import endtoend as evaluation
    from evaluation import endtoend_report, manifests, scenes
    from evaluation.temporary_service import temporary_service
    from tillsight.cli.gallery_files import calibration_of
    from tillsight.client import manifest
    from tillsight.client.client import Client

    rows, counters = list(manifest.read_manifest(gallery)), scenes.read(data)
    with Progress(console=Console(stderr=True)) as progress:
        opened = Client(server) if server else temporary_service(milvus, models, progress)
        with opened as client:
            evaluation.enrol(client, rows, vectors, progress)
            if calibration is not None:
                client.calibrate(*calibration_of(calibration))
            checkouts = evaluation.recognise(client, counters, progress)
    enrolled = {row.product_id for row in rows}
    groups = {entry.product_id: entry.group for entry in manifests.read_gallery(gallery)}
    figures = evaluation.figures(checkouts, enrolled, groups, manifests.tuned_classes(models / "vgg"))
    if report is not None:
        endtoend_report.write_report(report, checkouts, rows, enrolled, figures)
    show_groups(figures, "endtoend", as_json)


@app.command()
def calibrate(
    gallery: Annotated[Path, typer.Option(help="gallery.csv: product_id,name,image[,store][,attributes]")],
    data: Annotated[Path | None, typer.Option(help="COCO folder of counter photos; a category is a product.")] = None,
    queries: Annotated[Path | None, typer.Option(help="Or queries.csv: product_id,image; photos taken whole.")] = None,
    model: Annotated[Path, typer.Option(help="The embedder's folder.")] = MODEL_REPOSITORY / "vgg",
    segmenter: Annotated[Path, typer.Option(help="The segmenter's folder.")] = MODEL_REPOSITORY / "unet",
    wrong: Annotated[float, typer.Option(min=0, max=0.5, help="Share of KNOWN answers that may be wrong.")] = 0.01,
    lost: Annotated[float, typer.Option(min=0, max=0.5, help="Share of enrolled objects that may be UNKNOWN.")] = 0.01,
    out_of_gallery: Annotated[
        float, typer.Option(min=0.01, max=0.99, help="Share of all objects whose product is not enrolled.")
    ] = 0.1,
    vectors: Vectors = None,
    plot: Annotated[Path | None, typer.Option(help="Draw the reliability of held-out answers as this PNG.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Write it into the embedder's config.pbtxt.")] = False,
    as_json: AsJson = False,
) -> None:
    """Fit how similarities become probabilities and verdicts. The figures are of held-out products and photos.

    Give the JSON to `tillsight catalogue calibrate` for a running gallery, or --keep it for all new ones.
    """
    from evaluation import calibration_run, manifests, reliability_plot, scenes, segmented_photos, whole_photos
    from evaluation.local_models import LocalEmbedder, LocalSegmenter
    from evaluation.vector_cache import load_or_build

    if (data is None) == (queries is None):
        raise typer.BadParameter("give either --data or --queries")
    entries, embedder = manifests.read_gallery(gallery), LocalEmbedder(model)
    products = {entry.product_id for entry in entries}
    with Progress(console=Console(stderr=True)) as progress:
        if data is not None:
            unet = LocalSegmenter(segmenter)
            build = partial(segmented_photos.enrol_photos, entries, unet, embedder, progress)
            enrolled = load_or_build(vectors, products, embedder, build)
            objects = segmented_photos.objects_of_scenes(scenes.read(data), unet, embedder, progress)
        elif queries is not None:
            build = partial(whole_photos.enrol_whole_photos, entries, embedder, None, progress)
            enrolled = load_or_build(vectors, products, embedder, build)
            objects = whole_photos.whole_photo_queries(manifests.read_queries(queries), embedder, progress)
    confusable = manifests.confusable_products(gallery)
    fitted, figures, pairs = calibration_run.calibrate(enrolled, objects, confusable, lost, wrong, out_of_gallery)
    if plot is not None:
        reliability_plot.write_plot(plot, pairs, figures["ece"])
    if keep:
        write_calibration(model, fitted)
    show_groups(calibration_run.report(fitted, embedder.fingerprint, figures), "calibration", as_json)


if __name__ == "__main__":
    run(app)
