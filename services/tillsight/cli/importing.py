"""`tillsight catalogue import`: a manifest, with progress, a summary of what was refused, and a dry run."""

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
from tillsight.client.importer import Importer, Summary
from tillsight.client.manifest import ManifestRow
from tillsight.config import Settings
from tillsight.imaging.decoding import PhotoLimits

app = typer.Typer()

INTERRUPTED = 130
"""The exit code that shells give a command ended by Ctrl-C: 128 and the signal's number."""


@app.command("import")
def import_(
    manifest_csv: Annotated[Path, typer.Argument(help="product_id,name,image[,store][,attributes as JSON]")],
    server: Server = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check every row and photo; write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Enrol the products of a manifest; exit code 1 if a row was refused.

    Running it again changes nothing but attributes that the file changed; one that was broken off goes on.
    """
    rows = list(manifest.read_manifest(manifest_csv))
    begun = time.monotonic()
    with Client(server_address(server)) as client:
        summary = import_rows(client, rows, dry_run)
    if as_json:
        print(json.dumps(summary_json(summary, dry_run, time.monotonic() - begun), ensure_ascii=False))
    else:
        print_summary(summary, dry_run)
    if summary.refused:
        raise typer.Exit(1)


def import_rows(client: Client, rows: list[ManifestRow], dry_run: bool = False) -> Summary:
    """Import rows with a progress bar. Raises grpc.RpcError, and Exit at Ctrl-C, having said how to go on."""
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
            err.print(f"{left} of {len(rows)} rows are still to do: run the same command again to go on")
            if isinstance(error, KeyboardInterrupt):
                raise typer.Exit(INTERRUPTED) from None
            raise
    importer.summary.refused.sort(key=lambda refused: refused.row.line)
    return importer.summary


def summary_json(summary: Summary, dry_run: bool, seconds: float) -> dict[str, Any]:
    """What an import did, as plain data."""
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


def print_summary(summary: Summary, dry_run: bool = False) -> None:
    """What an import did, for people."""
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
