"""`tillsight catalogue stats`, `versions`, `rebuild`, `rollback` and `drop`: the gallery versions of a service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.table import Table

from tillsight.cli.options import AsJson, Server, counting_progress, err, out, server_address
from tillsight.cli.presentation import gallery_json, rebuild_json, version_json
from tillsight.client.client import Client
from tillsight.domain.limits import MAX_ROTATIONS
from tillsight.v1 import catalogue_pb2
from tillsight.v1.catalogue_pb2 import RebuildPhase, RebuildRequest, RebuildResponse

app = typer.Typer()

AllowMissing = Annotated[bool, typer.Option(help="Swap in even if photos are missing; they are then not recognised.")]
Rotations = Annotated[
    int,
    typer.Option(
        min=0, max=MAX_ROTATIONS, show_default=False, help="Rotations of each photo (default: as the live gallery)."
    ),
]

PHASE_LABELS = {
    RebuildPhase.REBUILD_PHASE_BUILD: "Embedding",
    RebuildPhase.REBUILD_PHASE_CATCH_UP: "Catching up",
    RebuildPhase.REBUILD_PHASE_INDEX: "Indexing",
    RebuildPhase.REBUILD_PHASE_VERIFY: "Verifying",
    RebuildPhase.REBUILD_PHASE_SWITCH: "Switching",
}


@app.command()
def stats(server: Server = None, as_json: AsJson = False) -> None:
    """Show counts, versions and calibration of the live gallery."""
    with Client(server_address(server)) as client:
        gallery = gallery_json(client.describe())
    if as_json:
        print(json.dumps(gallery))
        return
    table = Table(show_header=False)
    for name, value in gallery.items():
        table.add_row(name.replace("_", " "), str(value))
    out.print(table)


@app.command()
def versions(server: Server = None, as_json: AsJson = False) -> None:
    """List all gallery versions: live, kept, and not finished by a rebuild."""
    with Client(server_address(server)) as client:
        galleries = [version_json(one) for one in client.versions()]
    if as_json:
        print(json.dumps({"galleries": galleries}))
        return
    table = Table("gallery", "state", "embedder", "rotations", "rows")
    for one in galleries:
        rows = "not loaded" if one["rows"] is None else str(one["rows"])
        table.add_row(one["gallery"], one["state"], one["embedder"], str(one["rotations"]), rows)
    out.print(table)


@app.command()
def rebuild(
    embedder: Annotated[str, typer.Option(help="The embedder's model on Triton (default: as the live gallery).")] = "",
    rotations: Rotations = 0,
    allow_missing: AllowMissing = False,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Build a new gallery version from the kept photos, verify it, and swap it in. No call fails.

    The old version is kept for `rollback`. If the command ends before the switch, the live gallery is unchanged and the
    same command continues the work.
    """
    request = RebuildRequest(embedder=embedder, rotations=rotations, allow_missing=allow_missing)
    _run(request, server, as_json)


@app.command()
def rollback(
    gallery: Annotated[str, typer.Argument(help="A kept version (default: the version that was replaced last).")] = "",
    allow_missing: AllowMissing = False,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Swap in a kept gallery version, after its own embedder has updated it to the content of the live one."""
    request = RebuildRequest(rollback=catalogue_pb2.Rollback(gallery=gallery), allow_missing=allow_missing)
    _run(request, server, as_json)


@app.command()
def drop(
    gallery: Annotated[str, typer.Argument(help="A gallery version that is not live.")],
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Delete a gallery version that is not live, once the calls that still use it have ended."""
    with Client(server_address(server)) as client, err.status("Waiting for calls that still use it"):
        client.drop(gallery)
    if as_json:
        print(json.dumps({"dropped": gallery}))
    else:
        out.print(f"{gallery} dropped", markup=False, highlight=False)


def _run(request: RebuildRequest, server: str | None, as_json: bool) -> None:
    with Client(server_address(server)) as client:
        last = _show_progress(client.rebuild(request))
    if as_json:
        print(json.dumps(rebuild_json(last), ensure_ascii=False))
        return
    out.print(
        f"{last.gallery} is live in place of {last.replaces}: {last.embedded} photos embedded, {last.relabelled} rows "
        f"relabelled, {last.removed} removed, {last.missing_count} photos missing; {last.found} of {last.tried} "
        "references retrieved their own product first",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    for one in last.missing:
        err.print(
            f"  {one.product_id!r}, photo {one.photo_id}: {one.reason}", style="red", markup=False, soft_wrap=True
        )


def _show_progress(messages: Iterator[RebuildResponse]) -> RebuildResponse:
    """Show the progress of a rebuild and return its last message."""
    last = RebuildResponse()
    with counting_progress() as progress:
        task = progress.add_task("Comparing", total=None)
        for last in messages:
            progress.update(task, description=PHASE_LABELS.get(last.phase, ""), completed=last.done, total=last.total)
    return last
