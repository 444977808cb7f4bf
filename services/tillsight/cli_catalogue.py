"""`tillsight catalogue`, all on a running service: here import, list and stats, the rest in `cli_…` modules."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from google.protobuf import json_format
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from tillsight import cli_products, cli_transfer, manifest
from tillsight.cli_options import AsJson, Server, counting_progress, err, out, server_address
from tillsight.client import Client
from tillsight.manifest import ManifestRow
from tillsight.presentation import gallery_json, product_json
from tillsight.v1 import catalogue_pb2

app = typer.Typer(no_args_is_help=True, help="Look at and edit the catalogue of a running service.")
app.add_typer(cli_products.app)
app.add_typer(cli_transfer.app)

CALL_ROWS = 64
"""Reference photos sent in one call: each call is acknowledged as a whole and moves the progress bar."""


@app.command("import")
def import_(
    manifest_csv: Annotated[Path, typer.Argument(help="product_id,name,image[,store][,attributes as JSON]")],
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Enrol the products of a manifest. Running it again changes nothing but attributes that the file changed."""
    rows = list(manifest.rows(manifest_csv))
    with Client(server_address(server)) as client, counting_progress() as progress:
        summary = import_rows(client, rows, progress)
    if as_json:
        print(json.dumps(summary, ensure_ascii=False))
    else:
        print_summary(summary)
    if summary["refused"]:
        raise typer.Exit(1)


def import_rows(client: Client, rows: list[ManifestRow], progress: Progress) -> dict[str, Any]:
    """Enrol manifest rows, a call for each few of them; the summary that `--json` prints."""
    summary: dict[str, Any] = {"rows": len(rows), "enrolled": 0, "updated": 0, "unchanged": 0, "refused": []}
    task = progress.add_task("Enrolling", total=len(rows))
    remaining = iter(rows)
    while batch := list(islice(remaining, CALL_ROWS)):
        sent, requests = _read(batch, summary["refused"])
        answer = client.enrol(requests)
        summary["enrolled"] += answer.enrolled
        summary["updated"] += answer.updated
        summary["unchanged"] += answer.unchanged
        for refusal in answer.refused:
            summary["refused"].append(_refusal(sent[refusal.index], refusal.reason))
        progress.advance(task, len(batch))
    return summary


def _read(
    batch: Iterable[ManifestRow], refused: list[dict[str, Any]]
) -> tuple[list[ManifestRow], list[catalogue_pb2.EnrolProductsRequest]]:
    """The rows whose photos can be read, and what to send of them; the others join the refused."""
    sent, requests = [], []
    for row in batch:
        try:
            photo = row.image.read_bytes()
        except OSError as error:
            refused.append(_refusal(row, f"{row.image}: {error.strerror}"))
            continue
        request = catalogue_pb2.EnrolProductsRequest(
            product_id=row.product_id, name=row.name, photo=photo, store=row.store
        )
        json_format.ParseDict(row.attributes, request.attributes)
        sent.append(row)
        requests.append(request)
    return sent, requests


def _refusal(row: ManifestRow, reason: str) -> dict[str, Any]:
    return {"line": row.line, "product_id": row.product_id, "image": str(row.image), "reason": reason}


def print_summary(summary: dict[str, Any]) -> None:
    """What an import did, for people."""
    out.print(
        f"{summary['rows']} rows: {summary['enrolled']} enrolled, {summary['updated']} updated, "
        f"{summary['unchanged']} unchanged, {len(summary['refused'])} refused"
    )
    for refusal in summary["refused"]:
        err.print(
            f"  line {refusal['line']}, {refusal['product_id']!r}: {refusal['reason']}", style="red", markup=False
        )


@app.command("list")
def list_(
    server: Server = None,
    store: Annotated[str, typer.Option(help="List this store's own products too.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the products, by id."""
    with Client(server_address(server)) as client:
        products = list(client.products(store))
    if as_json:
        print(json.dumps({"products": [product_json(product) for product in products]}, ensure_ascii=False))
        return
    table = Table("product", "name", "store", "references", "active")
    for product in products:
        active = "yes" if product.active else "no"
        texts = [escape(text) for text in (product.product_id, product.name, product.store)]
        table.add_row(*texts, str(product.references), active)
    out.print(table)


@app.command("stats")
def stats(server: Server = None, as_json: AsJson = False) -> None:
    """Counts and versions of the live gallery."""
    with Client(server_address(server)) as client:
        gallery = gallery_json(client.describe())
    if as_json:
        print(json.dumps(gallery))
        return
    table = Table(show_header=False)
    for name, value in gallery.items():
        table.add_row(name.replace("_", " "), str(value))
    out.print(table)
