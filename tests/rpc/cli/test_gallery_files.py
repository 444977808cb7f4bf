"""`tillsight catalogue export`, `load` and `calibrate` against a running service."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from support.fakes import FakeEmbedder
from support.gallery_messages import enrol, same
from support.server import RunningServer
from support.shell import Shell
from tillsight.domain.errors import Unavailable
from tillsight.recognition.calibration import Calibration as Calibration

pytestmark = pytest.mark.usefixtures("no_settings")


async def test_export_and_load_write_and_read_a_parquet_file(
    shell: Shell, running: RunningServer, tmp_path: Path
) -> None:
    await enrol(running)
    before = dict(running.fakes.gallery.rows)
    file, at = tmp_path / "g.parquet", ("--server", shell.server, "--json")
    done = await shell("catalogue", "export", file, *at)
    summary = {
        "file": str(file),
        "rows": 8,
        "gallery": running.fakes.gallery.version,
        "embedder_fingerprint": FakeEmbedder.fingerprint,
    }
    assert done.code == 0 and done.data == summary
    table = pq.read_table(file)
    assert table.num_rows == 8 and set(table["product_id"].to_pylist()) == {"p-red", "p-blue"}
    metadata = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
    assert (
        metadata["tillsight.embedder_fingerprint"] == FakeEmbedder.fingerprint
        and metadata["tillsight.dimension"] == "3"
    )
    assert (
        json.loads(metadata["tillsight.calibration"])["known_from"]
        == running.fakes.live.current().calibration.known_from
    )
    assert files_in(tmp_path) == ["g.parquet"]
    running.fakes.gallery.rows.clear()
    for _ in range(2):
        assert (await shell("catalogue", "load", file, *at)).data == summary
        assert same(running.fakes.gallery.rows.values(), before.values())


async def test_a_file_of_another_embedder_is_refused_by_the_command_with_both_named(
    shell: Shell, running: RunningServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await enrol(running)
    file = tmp_path / "g.parquet"
    await shell("catalogue", "export", file, "--server", shell.server)
    running.fakes.gallery.rows.clear()
    monkeypatch.setattr(running.fakes.embedder, "fingerprint", "0ther0ther0ther0", raising=False)
    outcome = await shell("catalogue", "load", file, "--server", shell.server)
    assert outcome.code == 1 and "FAILED_PRECONDITION" in outcome.err
    assert "0ther0ther0ther0" in outcome.err and FakeEmbedder.fingerprint in outcome.err
    assert not running.fakes.gallery.rows


async def test_an_export_that_breaks_off_leaves_no_file(shell: Shell, running: RunningServer, tmp_path: Path) -> None:
    await enrol(running)
    file = tmp_path / "g.parquet"
    file.write_bytes(b"the last one")
    calls = running.fakes.gallery.step

    def fail_on_the_second_page() -> None:
        if calls.calls == 3:
            calls.error = Unavailable("Milvus", "gone")

    calls.calls, calls.on_take = 0, fail_on_the_second_page
    outcome = await shell("catalogue", "export", file, "--server", shell.server)
    assert outcome.code == 1 and "Milvus is unavailable" in outcome.err
    assert file.read_bytes() == b"the last one" and files_in(tmp_path) == ["g.parquet"]


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_without_pyarrow_the_extra_to_install_is_named(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for words in (("export", tmp_path / "g.parquet"), ("load", tmp_path / "g.parquet")):
        outcome = await shell("catalogue", *words, "--server", shell.server)
        assert outcome.code == 1 and "pip install 'tillsight[parquet]'" in outcome.err


ALL_UNKNOWN = Calibration(enrolled_intercept=-100.0, enrolled_weight=1.0)
"""Every object is UNKNOWN."""


async def test_calibrate_sets_the_calibration_that_the_evaluation_printed(
    shell: Shell, running: RunningServer, tmp_path: Path
) -> None:
    file = tmp_path / "calibration.json"
    printed = {"ece": 0.01, "embedder_fingerprint": FakeEmbedder.fingerprint, "calibration": asdict(ALL_UNKNOWN)}
    file.write_text(json.dumps(printed))
    done = await shell("catalogue", "calibrate", file, "--server", shell.server, "--json")
    assert done.code == 0 and done.data["gallery"] == running.fakes.gallery.version
    assert running.fakes.gallery.calibration == ALL_UNKNOWN


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"calibration": 5, "embedder_fingerprint": "aa"}', '{"calibration": {"other": 1}}']
)
async def test_a_file_that_is_not_a_calibration_is_named(
    shell: Shell, running: RunningServer, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "calibration.json"
    file.write_text(text)
    done = await shell("catalogue", "calibrate", file, "--server", shell.server)
    assert done.code == 1 and str(file) in done.err and "Traceback" not in done.err
    assert running.fakes.gallery.calibration is None
