"""An import sends only what the gallery lacks, and can be continued."""

from __future__ import annotations

import asyncio
import csv
import re
import signal
from collections.abc import Iterable
from pathlib import Path

import pytest

from support.fakes import Step
from support.pictures import RED, counter, encode
from support.server import RunningServer
from support.shell import Shell
from tillsight.client import retry
from tillsight.client.importer import ROWS_PER_CALL
from tillsight.domain.errors import Unavailable

pytestmark = pytest.mark.usefixtures("no_settings")


def write(folder: Path, rows: Iterable[tuple[str, str, str]]) -> Path:
    """A manifest of (product id, name, image) rows."""
    path = folder / "MANIFEST.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("product_id", "name", "image"), *rows])
    return path


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A manifest of more products than one call takes."""
    (tmp_path / "tea.png").write_bytes(encode(counter(((40, 20, 40, 40), RED))))
    return write(tmp_path, [(f"p{number:03}", f"Tea {number}", "tea.png") for number in range(3 * ROWS_PER_CALL + 5)])


async def test_importing_twice_sends_no_photo_again_and_reports_that_nothing_changed(
    shell: Shell, many: Path, running: RunningServer
) -> None:
    first = await shell("catalogue", "import", many, "--server", shell.server, "--json")
    assert first.data["enrolled"] == 3 * ROWS_PER_CALL + 5
    rows, photos = dict(running.fakes.gallery.rows), len(running.fakes.photos.rows_then)
    running.fakes.gallery.writing, running.fakes.embedder.step, running.fakes.segmenter.step = Step(), Step(), Step()
    again = await shell("catalogue", "import", many, "--server", shell.server)
    assert again.code == 0
    assert "101 rows: 0 enrolled, 0 updated, 101 unchanged, 0 refused: nothing changed" in again.out
    assert running.fakes.gallery.rows == rows and len(running.fakes.photos.rows_then) == photos
    steps = (running.fakes.gallery.writing, running.fakes.embedder.step, running.fakes.segmenter.step)
    assert [step.calls for step in steps] == [0, 0, 0]


async def test_an_import_that_broke_off_is_continued_with_the_missing_rows(
    shell: Shell, many: Path, running: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "RETRY_LIMIT_S", 0.0)

    def gone_after_three() -> None:
        if running.fakes.gallery.writing.calls > 3:
            running.fakes.gallery.writing.error = Unavailable("Milvus", "gone")

    running.fakes.gallery.writing.on_take = gone_after_three
    broken = await shell("catalogue", "import", many, "--server", shell.server, "--json")
    assert broken.code == 1 and broken.out == "" and "UNAVAILABLE" in broken.err
    assert re.search(r"\d+ of 101 rows are not finished: run the same command again", broken.err)
    written, embedded = len(running.fakes.gallery.rows) // 4, sum(batch[0] for batch in running.fakes.embedder.batches)
    assert 0 < written < 101
    running.fakes.gallery.writing = Step()
    resumed = await shell("catalogue", "import", many, "--server", shell.server, "--json")
    assert (resumed.data["unchanged"], resumed.data["enrolled"]) == (written, 101 - written)
    assert sum(batch[0] for batch in running.fakes.embedder.batches) - embedded == 4 * (101 - written)
    assert len(running.fakes.gallery.rows) == 4 * 101


async def test_an_import_waits_for_a_service_that_is_unavailable_or_full_for_a_moment(
    shell: Shell, many: Path, running: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "RETRY_PAUSE_S", 0.01)

    def gone_for_a_moment() -> None:
        calls = running.fakes.gallery.writing.calls
        running.fakes.gallery.writing.error = Unavailable("Milvus", "gone") if 3 <= calls < 6 else None

    running.fakes.gallery.writing.on_take = gone_for_a_moment
    outcome = await shell("catalogue", "import", many, "--server", shell.server, "--json")
    assert outcome.code == 0 and outcome.data["enrolled"] + outcome.data["unchanged"] == 101
    assert len(running.fakes.gallery.rows) == 4 * 101


async def test_ctrl_c_ends_an_import_at_once_with_code_130_and_prints_how_to_continue(
    shell: Shell, many: Path, running: RunningServer
) -> None:
    running.fakes.embedder.step.hold = asyncio.Event()
    process = await shell.begin("catalogue", "import", many, "--server", shell.server)
    try:
        await running.fakes.embedder.step.reached.wait()
        process.send_signal(signal.SIGINT)
        _, printed = await asyncio.wait_for(process.communicate(), 20)
    finally:
        if process.returncode is None:  # its calls would hold their slots while other tests run
            process.kill()
            await process.wait()
    assert process.returncode == 130
    assert "101 of 101 rows are not finished: run the same command again" in " ".join(printed.decode().split())
    assert b"Traceback" not in printed
