"""`tillsight catalogue import`: enrols the products of a manifest, with progress, a summary and a dry run."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any

import grpc
import typer
from rich.markup import escape
from rich.table import Table

from tillsight.cli.options import AsJson, Server, counting_progress, err, out, server_address
from tillsight.client import manifest
from tillsight.client.client import Client
from tillsight.client.import_summary import ImportSummary
from tillsight.client.importer import Importer
from tillsight.client.manifest import ManifestRow
from tillsight.config import Settings
from tillsight.imaging.decoding import PhotoLimits

app = typer.Typer()

INTERRUPTED = 130
"""The exit code after Ctrl-C: as in shells, 128 plus the number of the signal."""


@app.command("import")
def import_(
    manifest_csv: Annotated[Path, typer.Argument(help="product_id,name,image[,store][,attributes as JSON]")],
    server: Server = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check every row and photo; write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Enrol the products of a manifest. Exit code 1 if a row was refused.

    Run the command again to continue an interrupted import. A row that is already enrolled changes nothing, except for
    attributes that differ.
    """
    rows = list(manifest.read_manifest(manifest_csv))
    start = time.monotonic()
    with Client(server_address(server)) as client:
        summary = import_rows(client, rows, dry_run)
    if as_json:
        print(json.dumps(summary_json(summary, dry_run, time.monotonic() - start), ensure_ascii=False))
    else:
        print_summary(summary, dry_run)
    if summary.refused:
        raise typer.Exit(1)


def import_rows(client: Client, rows: list[ManifestRow], dry_run: bool = False) -> ImportSummary:
    """Import rows with a progress bar. After an error or Ctrl-C it prints how to continue.

    Raises grpc.RpcError; typer.Exit with code INTERRUPTED at Ctrl-C.
    """
    settings = Settings()
    limits = PhotoLimits(max_bytes=settings.max_photo_bytes, max_pixels=settings.max_photo_pixels)
    with counting_progress() as progress:
        task = progress.add_task("Checking" if dry_run else "Enrolling", total=len(rows))
        importer = Importer(client, limits, dry_run=dry_run, advance=lambda count: progress.advance(task, count))
        try:
            importer.run(rows)
        except (KeyboardInterrupt, grpc.RpcError) as error:
            progress.stop()
            left = len(rows) - importer.summary.rows
            err.print(f"{left} of {len(rows)} rows are not finished: run the same command again to continue")
            if isinstance(error, KeyboardInterrupt):
                raise typer.Exit(INTERRUPTED) from None
            raise
    importer.summary.refused.sort(key=lambda refused: refused.row.line)
    return importer.summary


def summary_json(summary: ImportSummary, dry_run: bool, seconds: float) -> dict[str, Any]:
    """The result of an import as a JSON object."""
    return {
        "rows": summary.rows,
        "enrolled": summary.enrolled,
        "updated": summary.updated,
        "unchanged": summary.unchanged,
        "refused": [
            {
                "line": one.row.line,
                "product_id": one.row.product_id,
                "image": str(one.row.image),
                "reason": one.reason,
            }
            for one in summary.refused
        ],
        "dry_run": dry_run,
        "seconds": round(seconds, 2),
    }


def print_summary(summary: ImportSummary, dry_run: bool = False) -> None:
    """Print the result of an import: the counts on stdout, refused rows as a table on stderr."""
    counts = (
        f"{summary.rows} rows: {summary.enrolled} enrolled, {summary.updated} updated, "
        f"{summary.unchanged} unchanged, {len(summary.refused)} refused"
    )
    note = " (dry run: nothing was written)" if dry_run else ""
    if summary.rows and summary.unchanged == summary.rows:
        note = ": nothing changed"
    out.print(counts + note, highlight=False)
    if summary.refused:
        table = Table("line", "product", "reason", title="Refused", title_justify="left")
        for one in summary.refused:
            table.add_row(str(one.row.line), escape(one.row.product_id), escape(one.reason))
        err.print(table)
