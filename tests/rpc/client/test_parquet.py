"""Galleries as Parquet files."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from support.gallery_messages import enrol
from support.server import RunningServer
from support.shell import Shell

pytestmark = pytest.mark.usefixtures("no_settings")


def damaged(path: Path, kind: str) -> None:
    if kind == "text":
        path.write_text("not Parquet")
    elif kind == "cut short":
        path.write_bytes(path.read_bytes()[:-200])
    elif kind == "damaged inside":
        data = bytearray(path.read_bytes())
        data[4:300] = bytes(296)
        path.write_bytes(bytes(data))
    elif kind == "no metadata":
        pq.write_table(pq.read_table(path).replace_schema_metadata(None), path)
    else:
        pq.write_table(pq.read_table(path).drop_columns(["active"]), path)


@pytest.mark.parametrize("kind", ["text", "cut short", "damaged inside", "no metadata", "a column is missing"])
async def test_a_file_that_is_not_an_exported_gallery_is_named(
    shell: Shell, running: RunningServer, tmp_path: Path, kind: str
) -> None:
    await enrol(running)
    file = tmp_path / "g.parquet"
    await shell("catalogue", "export", file, "--server", shell.server)
    await asyncio.to_thread(damaged, file, kind)
    running.fakes.gallery.rows.clear()
    outcome = await shell("catalogue", "load", file, "--server", shell.server, "--json")
    assert outcome.code == 1 and outcome.out == ""
    assert str(file) in outcome.err and "Traceback" not in outcome.err and not running.fakes.gallery.rows
