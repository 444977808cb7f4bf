"""`tillsight catalogue export`, `load` and `calibrate`: galleries as Parquet files, and calibrations as JSON files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from google.protobuf import json_format
from rich.progress import Progress, TaskID

from tillsight.cli.options import AsJson, Server, counting_progress, out, server_address
from tillsight.client import parquet
from tillsight.client.client import Client
from tillsight.client.parquet import GalleryFile
from tillsight.domain.errors import InvalidGalleryFile
from tillsight.v1.catalogue_pb2 import Calibration, GalleryRow, LoadGalleryRequest

app = typer.Typer()


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="The Parquet file to write.")],
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Write the gallery to a Parquet file: all rows of all stores with their vectors, but not the kept photos."""
    parquet.import_pyarrow()  # fails before the service does any work
    with Client(server_address(server)) as client, counting_progress() as progress:
        messages = client.export()
        header = next(messages).header
        task = progress.add_task("Exporting", total=header.rows)
        pages = (list(message.rows) for message in messages)
        rows = parquet.write_gallery_file(file, header, _advancing(pages, progress, task))
    _print_result(as_json, file, rows, header.gallery, header.embedder_fingerprint, "written to")


@app.command()
def load(
    file: Annotated[Path, typer.Argument(help="A Parquet file that `export` wrote.")],
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Load an exported gallery. Existing rows are replaced, so loading a file again changes nothing."""
    exported = GalleryFile.open(file)
    header = exported.header
    with Client(server_address(server)) as client, counting_progress() as progress:
        task = progress.add_task("Loading", total=header.rows)

        def requests() -> Iterator[LoadGalleryRequest]:
            yield LoadGalleryRequest(header=header)
            for rows in _advancing(exported.pages(), progress, task):
                yield LoadGalleryRequest(rows=rows)

        rows = client.load(requests()).rows
    _print_result(as_json, file, rows, header.gallery, header.embedder_fingerprint, "loaded from")


@app.command()
def calibrate(
    file: Annotated[Path, typer.Argument(help="The output of `tools/evaluate.py calibrate --json`.")],
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Store a calibration with the live gallery; the next answer uses it."""
    calibration, fingerprint = calibration_of(file)
    with Client(server_address(server)) as client:
        gallery = client.calibrate(calibration, fingerprint).gallery
    if as_json:
        print(json.dumps({"file": str(file), "gallery": gallery, "embedder_fingerprint": fingerprint}))
    else:
        out.print(f"{gallery} now uses the calibration of {file}", markup=False, highlight=False, soft_wrap=True)


def calibration_of(file: Path) -> tuple[Calibration, str]:
    """The calibration that `tools/evaluate.py calibrate --json` wrote, and the fingerprint of its embedder.

    Raises InvalidGalleryFile for any other file, OSError.
    """
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        calibration: Calibration = json_format.ParseDict(document["calibration"], Calibration())
        return calibration, str(document["embedder_fingerprint"])
    except (ValueError, KeyError, TypeError, json_format.ParseError) as error:
        raise InvalidGalleryFile(f"{file}: not a calibration: {type(error).__name__}: {error}") from error


def _advancing(
    pages: Iterator[Sequence[GalleryRow]], progress: Progress, task: TaskID
) -> Iterator[Sequence[GalleryRow]]:
    for page in pages:
        yield page
        progress.advance(task, len(page))


def _print_result(as_json: bool, file: Path, rows: int, gallery: str, fingerprint: str, done: str) -> None:
    if as_json:
        summary = {"file": str(file), "rows": rows, "gallery": gallery, "embedder_fingerprint": fingerprint}
        print(json.dumps(summary, ensure_ascii=False))
    else:
        out.print(f"{rows} rows of {gallery} {done} {file}", markup=False, highlight=False, soft_wrap=True)
