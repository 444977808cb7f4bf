"""`tillsight catalogue import` against a running service: what is sent, what is refused and why, and going on."""

from __future__ import annotations

import asyncio
import csv
import re
import signal
from collections.abc import Iterable
from pathlib import Path

import grpc
import pytest

from fakes import Step
from pictures import BLUE, GREEN, RED, counter, encode
from running import Running
from shell import Shell
from tillsight.client import importer
from tillsight.client.importer import SENT_AT_ONCE
from tillsight.domain.errors import Unavailable
from tillsight.domain.identifiers import compute_photo_id
from tillsight.domain.products import Reference
from tillsight.v1 import catalogue_pb2

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
    return write(tmp_path, [(f"p{number:03}", f"Tea {number}", "tea.png") for number in range(3 * SENT_AT_ONCE + 5)])


async def test_refused_rows_are_told_with_their_lines_and_the_rest_goes_in(shell: Shell, manifest: Path) -> None:
    (manifest.parent / "green.png").write_bytes(b"no photo")
    (manifest.parent / "red.png").unlink()
    outcome = await shell("catalogue", "import", manifest, "--server", shell.server, "--json")
    assert outcome.code == 1
    assert outcome.data["enrolled"] == 1
    assert sorted(refusal["line"] for refusal in outcome.data["refused"]) == [2, 3]
    again = await shell("catalogue", "import", manifest, "--server", shell.server)
    assert again.code == 1 and "1 unchanged, 2 refused" in again.out
    assert re.search(r"3 .*p-green .*not a JPEG", again.err) and re.search(r"2 .*p-red .*No such file", again.err)


async def test_attributes_that_a_manifest_changed_are_told_as_updated(shell: Shell, manifest: Path) -> None:
    at = ("--server", shell.server)
    await shell("catalogue", "import", manifest, *at)
    changed = manifest.with_name("changed.csv")
    await asyncio.to_thread(lambda: changed.write_text(manifest.read_text().replace('""green""', '""jade""')))
    again = await shell("catalogue", "import", changed, *at)
    assert again.code == 0 and "3 rows: 0 enrolled, 1 updated, 2 unchanged, 0 refused" in again.out
    shown = (await shell("catalogue", "show", "p-green", "--json", *at)).data
    assert shown["product"]["attributes"] == {"of": "jade"}


async def test_a_faulty_manifest_is_told_with_its_line_before_anything_is_sent(
    shell: Shell, manifest: Path, running: Running
) -> None:
    with manifest.open("a") as file:
        file.write("\np9,Only two columns\n")
    outcome = await shell("catalogue", "import", manifest, "--server", shell.server, "--json")
    assert outcome.code == 1 and outcome.out == ""
    assert f"{manifest}:5: " in outcome.err and not running.world.gallery.rows


async def test_each_faulty_row_is_refused_with_its_line_and_reason(shell: Shell, tmp_path: Path) -> None:
    for name, colour in (("red", RED), ("green", GREEN), ("blue", BLUE)):
        (tmp_path / f"{name}.png").write_bytes(encode(counter(((40, 20, 40, 40), colour))))
    (tmp_path / "cut.png").write_bytes((tmp_path / "red.png").read_bytes()[:100])
    rows = [
        ("p1", "Tea", "red.png", "{}"),
        ("", "Tea", "red.png", "{}"),
        ("p2", "", "red.png", "{}"),
        ("p3", "Tea", "missing.png", "{}"),
        ("p4", "Tea", "cut.png", "{}"),
        ("p1", "Green tea", "green.png", "{}"),
        ("p5", "Tea", "red.png", "{vat: 7}"),
        ("p1", "Tea", "red.png", '{"vat": 7}'),
        ("p4", "Tea", "cut.png", "{}"),
        ("p1", "Tea", "red.png", "{}"),
        ("p6", "Milk", "blue.png", "{}"),
    ]
    path = tmp_path / "MANIFEST.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("product_id", "name", "image", "attributes"), *rows])
    reasons = {
        3: "product id is empty",
        4: "no name",
        5: "No such file",
        6: "damaged",
        7: "is called 'Tea' in line 2, not 'Green tea'",
        8: "no JSON",
        9: "other attributes in line 2",
        10: "damaged",
    }
    for dry_run in (("--dry-run",), ()):  # the same is refused, before and after
        outcome = await shell("catalogue", "import", path, "--server", shell.server, "--json", *dry_run)
        assert outcome.code == 1
        assert {one["line"] for one in outcome.data["refused"]} == set(reasons)
        for one in outcome.data["refused"]:
            assert reasons[one["line"]] in one["reason"]
        assert (outcome.data["enrolled"], outcome.data["unchanged"], outcome.data["rows"]) == (2, 1, 11)


async def test_a_dry_run_writes_nothing_and_knows_the_gallery(shell: Shell, manifest: Path, running: Running) -> None:
    at = ("--server", shell.server, "--json")
    dry = await shell("catalogue", "import", manifest, "--dry-run", *at)
    assert dry.code == 0 and (dry.data["enrolled"], dry.data["dry_run"]) == (3, True)
    assert not running.world.gallery.rows and not running.world.references.kept
    assert running.world.gallery.writing.calls == 0 and running.world.embedder.step.calls == 0

    await shell("catalogue", "import", manifest, *at)
    other = manifest.with_name("other.csv")
    text = (
        (await asyncio.to_thread(manifest.read_text))
        .replace("[red] tea", "[ruby] tea")
        .replace('""green""', '""jade""')
    )
    await asyncio.to_thread(other.write_text, text)
    dry = await shell("catalogue", "import", other, "--dry-run", *at)
    assert dry.code == 1 and (dry.data["unchanged"], dry.data["updated"]) == (1, 1)
    (refused,) = dry.data["refused"]
    assert refused["line"] == 2 and "'[red] tea [/x]'" in refused["reason"]
    told = await shell("catalogue", "import", manifest, "--dry-run", "--server", shell.server)
    assert "nothing changed" in told.out


async def test_importing_twice_sends_no_photo_again_and_says_that_nothing_changed(
    shell: Shell, many: Path, running: Running
) -> None:
    first = await shell("catalogue", "import", many, "--server", shell.server, "--json")
    assert first.data["enrolled"] == 3 * SENT_AT_ONCE + 5
    rows, photos = dict(running.world.gallery.rows), len(running.world.references.rows_then)
    running.world.gallery.writing, running.world.embedder.step, running.world.segmenter.step = Step(), Step(), Step()
    again = await shell("catalogue", "import", many, "--server", shell.server)
    assert again.code == 0
    assert "101 rows: 0 enrolled, 0 updated, 101 unchanged, 0 refused: nothing changed" in again.out
    assert running.world.gallery.rows == rows and len(running.world.references.rows_then) == photos
    steps = (running.world.gallery.writing, running.world.embedder.step, running.world.segmenter.step)
    assert [step.calls for step in steps] == [0, 0, 0]


async def test_an_import_that_broke_off_goes_on_with_what_is_missing(
    shell: Shell, many: Path, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "PATIENCE_S", 0.0)

    def gone_after_three() -> None:
        if running.world.gallery.writing.calls > 3:
            running.world.gallery.writing.error = Unavailable("Milvus", "gone")

    running.world.gallery.writing.on_take = gone_after_three
    broken = await shell("catalogue", "import", many, "--server", shell.server, "--json")
    assert broken.code == 1 and broken.out == "" and "UNAVAILABLE" in broken.err
    assert re.search(r"\d+ of 101 rows are still to do: run the same command again", broken.err)
    written, embedded = len(running.world.gallery.rows) // 4, sum(batch[0] for batch in running.world.embedder.batches)
    assert 0 < written < 101
    running.world.gallery.writing = Step()
    resumed = await shell("catalogue", "import", many, "--server", shell.server, "--json")
    assert (resumed.data["unchanged"], resumed.data["enrolled"]) == (written, 101 - written)
    assert sum(batch[0] for batch in running.world.embedder.batches) - embedded == 4 * (101 - written)
    assert len(running.world.gallery.rows) == 4 * 101


async def test_an_import_outlasts_a_service_that_is_away_or_full_for_a_moment(
    shell: Shell, many: Path, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "PAUSE_S", 0.01)

    def gone_for_a_moment() -> None:
        calls = running.world.gallery.writing.calls
        running.world.gallery.writing.error = Unavailable("Milvus", "gone") if 3 <= calls < 6 else None

    running.world.gallery.writing.on_take = gone_for_a_moment
    outcome = await shell("catalogue", "import", many, "--server", shell.server, "--json")
    assert outcome.code == 0 and outcome.data["enrolled"] + outcome.data["unchanged"] == 101
    assert len(running.world.gallery.rows) == 4 * 101


async def test_ctrl_c_ends_an_import_at_once_with_code_130_and_says_how_to_go_on(
    shell: Shell, many: Path, running: Running
) -> None:
    running.world.embedder.step.hold = asyncio.Event()
    process = await shell.begin("catalogue", "import", many, "--server", shell.server)
    try:
        await running.world.embedder.step.reached.wait()
        process.send_signal(signal.SIGINT)
        _, said = await asyncio.wait_for(process.communicate(), 20)
    finally:
        if process.returncode is None:  # else its calls hold their places while other tests run
            process.kill()
            await process.wait()
    assert process.returncode == 130
    assert "101 of 101 rows are still to do: run the same command again" in " ".join(said.decode().split())
    assert b"Traceback" not in said


@pytest.mark.parametrize("store", ["", "north"])
async def test_references_are_checked_by_their_photo_ids_over_the_channel(running: Running, store: str) -> None:
    photo = encode(counter(((40, 20, 40, 40), RED)))
    request = catalogue_pb2.EnrolProductsRequest(product_id="p1", name="Tea", photo=photo, store=store)
    await running.catalogue.EnrolProducts(iter([request]), timeout=20)
    identity = compute_photo_id(Reference("p1", "Tea", photo, store))
    asked = [
        catalogue_pb2.ReferenceToCheck(product_id="p1", name=name, store=store, photo_id=one)
        for name, one in (("Tea", identity), ("Tea", "0" * 32), ("Chai", identity))
    ]
    answer = await running.catalogue.CheckReferences(catalogue_pb2.CheckReferencesRequest(references=asked), timeout=20)
    assert [one.outcome for one in answer.references] == [
        catalogue_pb2.OUTCOME_UNCHANGED,
        catalogue_pb2.OUTCOME_ENROLLED,
        catalogue_pb2.OUTCOME_REFUSED,
    ]
    assert "'Tea'" in answer.references[2].reason


async def test_too_many_references_to_check_are_an_invalid_argument(running: Running) -> None:
    request = catalogue_pb2.CheckReferencesRequest(references=[catalogue_pb2.ReferenceToCheck()] * 1001)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await running.catalogue.CheckReferences(request, timeout=20)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT and "1000" in (caught.value.details() or "")
