"""`tillsight catalogue import` against a running service: what it prints."""

from __future__ import annotations

import asyncio
import csv
import re
from pathlib import Path

import pytest

from support.pictures import BLUE, GREEN, RED, counter, encode
from support.server import RunningServer
from support.shell import Shell

pytestmark = pytest.mark.usefixtures("no_settings")


async def test_refused_rows_are_reported_with_their_lines_and_the_others_are_enrolled(
    shell: Shell, manifest: Path
) -> None:
    (manifest.parent / "green.png").write_bytes(b"no photo")
    (manifest.parent / "red.png").unlink()
    outcome = await shell("catalogue", "import", manifest, "--server", shell.server, "--json")
    assert outcome.code == 1
    assert outcome.data["enrolled"] == 1
    assert sorted(refusal["line"] for refusal in outcome.data["refused"]) == [2, 3]
    again = await shell("catalogue", "import", manifest, "--server", shell.server)
    assert again.code == 1 and "1 unchanged, 2 refused" in again.out
    assert re.search(r"3 .*p-green .*not a JPEG", again.err) and re.search(r"2 .*p-red .*No such file", again.err)


async def test_attributes_that_changed_in_a_manifest_are_reported_as_updated(shell: Shell, manifest: Path) -> None:
    at = ("--server", shell.server)
    await shell("catalogue", "import", manifest, *at)
    changed = manifest.with_name("changed.csv")
    await asyncio.to_thread(lambda: changed.write_text(manifest.read_text().replace('""green""', '""jade""')))
    again = await shell("catalogue", "import", changed, *at)
    assert again.code == 0 and "3 rows: 0 enrolled, 1 updated, 2 unchanged, 0 refused" in again.out
    shown = (await shell("catalogue", "show", "p-green", "--json", *at)).data
    assert shown["product"]["attributes"] == {"of": "jade"}


async def test_an_invalid_manifest_is_reported_with_its_line_before_anything_is_sent(
    shell: Shell, manifest: Path, running: RunningServer
) -> None:
    with manifest.open("a") as file:
        file.write("\np9,Only two columns\n")
    outcome = await shell("catalogue", "import", manifest, "--server", shell.server, "--json")
    assert outcome.code == 1 and outcome.out == ""
    assert f"{manifest}:5: " in outcome.err and not running.fakes.gallery.rows


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
        8: "not valid JSON",
        9: "other attributes in line 2",
        10: "damaged",
    }
    for dry_run in (("--dry-run",), ()):  # the same rows are refused in a dry run and in an import
        outcome = await shell("catalogue", "import", path, "--server", shell.server, "--json", *dry_run)
        assert outcome.code == 1
        assert {one["line"] for one in outcome.data["refused"]} == set(reasons)
        for one in outcome.data["refused"]:
            assert reasons[one["line"]] in one["reason"]
        assert (outcome.data["enrolled"], outcome.data["unchanged"], outcome.data["rows"]) == (2, 1, 11)


async def test_a_dry_run_writes_nothing_and_compares_with_the_gallery(
    shell: Shell, manifest: Path, running: RunningServer
) -> None:
    at = ("--server", shell.server, "--json")
    dry = await shell("catalogue", "import", manifest, "--dry-run", *at)
    assert dry.code == 0 and (dry.data["enrolled"], dry.data["dry_run"]) == (3, True)
    assert not running.fakes.gallery.rows and not running.fakes.photos.kept
    assert running.fakes.gallery.writing.calls == 0 and running.fakes.embedder.step.calls == 0

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
    again = await shell("catalogue", "import", manifest, "--dry-run", "--server", shell.server)
    assert "nothing changed" in again.out
