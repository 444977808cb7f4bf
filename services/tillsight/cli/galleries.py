"""`tillsight catalogue rebuild`, `rollback`, `versions` and `drop`: gallery versions of a running service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.table import Table

from tillsight.cli.options import AsJson, Server, counting_progress, err, out, server_address
from tillsight.cli.presentation import rebuild_json, version_json
from tillsight.client.client import Client
from tillsight.domain.limits import MAX_ROTATIONS
from tillsight.v1 import catalogue_pb2
from tillsight.v1.catalogue_pb2 import RebuildPhase, RebuildRequest, RebuildResponse

app = typer.Typer()

AllowMissing = Annotated[bool, typer.Option(help="Swap in although photos are missing; their products are lost.")]

SAID = {
    RebuildPhase.REBUILD_PHASE_BUILD: "Embedding",
    RebuildPhase.REBUILD_PHASE_CATCH_UP: "Catching up",
    RebuildPhase.REBUILD_PHASE_INDEX: "Indexing",
    RebuildPhase.REBUILD_PHASE_VERIFY: "Verifying",
    RebuildPhase.REBUILD_PHASE_SWITCH: "Switching",
}


@app.command()
def rebuild(
    embedder: Annotated[str, typer.Option(help="The embedder's model on Triton. [default: the live gallery's]")] = "",
    rotations: Annotated[
        int, typer.Option(min=0, max=MAX_ROTATIONS, help="Rotations of each photo. [default: the live gallery's]")
    ] = 0,
    allow_missing: AllowMissing = False,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Build another gallery from the kept photos beside the live one, try it, and swap it in; no call fails.

    The old one is kept for `rollback`. Ended before the switch, nothing has changed; the same command goes on.
    """
    request = RebuildRequest(embedder=embedder, rotations=rotations, allow_missing=allow_missing)
    _run(request, server, as_json)


@app.command()
def rollback(
    gallery: Annotated[str, typer.Argument(help="A kept version. [default: the one replaced last]")] = "",
    allow_missing: AllowMissing = False,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Go back to a kept gallery: what was changed since is brought over to it by its own embedder, then it is live."""
    request = RebuildRequest(rollback=catalogue_pb2.Rollback(gallery=gallery), allow_missing=allow_missing)
    _run(request, server, as_json)


@app.command()
def versions(server: Server = None, as_json: AsJson = False) -> None:
    """List all galleries: the live one, those kept, and what a rebuild has not finished."""
    with Client(server_address(server)) as client:
        there = [version_json(one) for one in client.versions()]
    if as_json:
        print(json.dumps({"galleries": there}))
        return
    table = Table("gallery", "state", "embedder", "rotations", "rows")
    for one in there:
        rows = "not loaded" if one["rows"] is None else str(one["rows"])
        table.add_row(one["gallery"], one["state"], one["embedder"], str(one["rotations"]), rows)
    out.print(table)


@app.command()
def drop(
    gallery: Annotated[str, typer.Argument(help="A gallery that is not live.")],
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Delete a gallery that is not live, once the calls that it was still answering have ended."""
    with Client(server_address(server)) as client, err.status("Waiting for calls that it still answers"):
        client.drop(gallery)
    if as_json:
        print(json.dumps({"dropped": gallery}))
    else:
        out.print(f"{gallery} dropped", markup=False, highlight=False)


def _run(request: RebuildRequest, server: str | None, as_json: bool) -> None:
    with Client(server_address(server)) as client:
        last = _followed(client.rebuild(request))
    if as_json:
        print(json.dumps(rebuild_json(last), ensure_ascii=False))
        return
    out.print(
        f"{last.gallery} is live in place of {last.replaces}: {last.embedded} photos embedded, {last.relabelled} rows "
        f"relabelled, {last.removed} removed, {last.missing_count} photos missing; {last.found} of {last.tried} "
        "references found their own product first",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    for one in last.missing:
        err.print(
            f"  {one.product_id!r}, photo {one.photo_id}: {one.reason}", style="red", markup=False, soft_wrap=True
        )


def _followed(messages: Iterator[RebuildResponse]) -> RebuildResponse:
    """The last message of a rebuild, its progress shown."""
    last = RebuildResponse()
    with counting_progress() as progress:
        task = progress.add_task("Comparing", total=None)
        for last in messages:
            progress.update(task, description=SAID.get(last.phase, ""), completed=last.done, total=last.total)
    return last
