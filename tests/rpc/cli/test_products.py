"""`tillsight catalogue add`, `remove` and `show` against a running service."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.server import RunningServer
from support.shell import Shell

pytestmark = pytest.mark.usefixtures("no_settings")


async def test_a_product_is_added_by_its_photos_shown_and_removed(shell: Shell, manifest: Path) -> None:
    at = ("--server", shell.server, "--json")
    photos = [manifest.parent / f"{name}.png" for name in ("red", "blue")]
    options = ("--id", "p-1", "--name", "Tea", "--store", "north", "--attributes", '{"vat": 7}')
    added = await shell("catalogue", "add", *options, *photos, *at)
    about = {"product_id": "p-1", "name": "Tea", "store": "north"}
    assert added.code == 0
    assert added.data == {**about, "enrolled": 2, "updated": 0, "unchanged": 0, "refused": []}
    again = await shell("catalogue", "add", *options[:-1], '{"vat": 19}', photos[0], *at)
    assert (again.data["updated"], again.data["unchanged"]) == (1, 0)

    shown = (await shell("catalogue", "show", "p-1", "--store", "north", *at)).data
    assert set(shown) == {"product", "references"} and shown["product"]["references"] == 2
    assert sorted(one["attributes"]["vat"] for one in shown["references"]) == [7, 19]
    assert {one["rotations"] for one in shown["references"]} == {4}
    table = await shell("catalogue", "show", "p-1", "--store", "north", "--server", shell.server)
    assert "Tea" in table.out and '{"vat": 19.0}' in table.out
    elsewhere = await shell("catalogue", "show", "p-1", "--server", shell.server)
    assert elsewhere.code == 1 and elsewhere.out == "" and "NOT_FOUND: " in elsewhere.err

    removed = await shell("catalogue", "remove", "p-1", "p-2", "--store", "north", *at)
    assert removed.code == 1 and "'p-2' does not exist" in removed.err
    assert removed.data == {"products": 1, "rows": 8, "missing": ["p-2"]}
    assert (await shell("catalogue", "list", "--store", "north", *at)).data == {"products": []}


async def test_a_box_of_a_camera_photo_becomes_a_product(shell: Shell, photo: Path) -> None:
    at = ("--server", shell.server, "--json")
    (before,) = (await shell("recognize", photo, *at)).data["photos"]
    assert {found["verdict"] for found in before["objects"]} == {"unknown"}
    for number, found in enumerate(before["objects"]):
        box = ",".join(map(str, found["box"]))
        options = ("--id", f"p-{number}", "--name", f"Tea {number}")
        added = await shell("catalogue", "add", *options, "--from-photo", photo, "--box", box, *at)
        assert added.data["enrolled"] == 1
    (after,) = (await shell("recognize", photo, *at)).data["photos"]
    assert [found["product_id"] for found in after["objects"]] == ["p-0", "p-1"]
    assert all(found["score"] > 0.999 for found in after["objects"])  # the same outline, so the same crop


async def test_a_correction_needs_no_name_for_an_enrolled_product(shell: Shell, photo: Path) -> None:
    at = ("--server", shell.server, "--json")
    crop = ("--from-photo", photo, "--box", "8,10,30,30")
    unnamed = await shell("catalogue", "add", "--id", "p-1", *crop, *at)
    assert unnamed.code == 1 and "NOT_FOUND" in unnamed.err
    await shell("catalogue", "add", "--id", "p-1", "--name", "Tea", "--from-photo", photo, "--box", "70,30,30,40", *at)
    corrected = await shell("catalogue", "add", "--id", "p-1", *crop, *at)
    assert (corrected.data["name"], corrected.data["enrolled"]) == ("Tea", 1)


async def test_a_refused_photo_is_reported_and_the_others_are_added(shell: Shell, manifest: Path) -> None:
    bad = manifest.parent / "[bad].png"
    bad.write_bytes(b"text")
    words = ("catalogue", "add", "--id", "p-1", "--name", "Tea", bad, manifest.parent / "red.png")
    outcome = await shell(*words, "--server", shell.server, "--json")
    assert outcome.code == 1 and outcome.data["enrolled"] == 1
    (refused,) = outcome.data["refused"]
    assert refused["photo"] == str(bad) and "not a JPEG" in refused["reason"] and "[bad].png" in outcome.err


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        pytest.param((), "name a PHOTO", id="no photo"),
        pytest.param(("--from-photo", "x.jpg"), "go together", id="no box"),
        pytest.param(("--box", "1,2,3,4"), "go together", id="no photo for the box"),
        pytest.param(("--from-photo", "x.jpg", "--box", "1,2,3"), "four numbers", id="three numbers"),
        pytest.param(("--from-photo", "x.jpg", "--box", "1,2,3,inf"), "not finite", id="infinite"),
        pytest.param(("x.jpg", "--attributes", "[1]"), "not a JSON object", id="attributes are a list"),
        pytest.param(("x.jpg", "--attributes", "{'a': 1}"), "not valid JSON", id="attributes are no JSON"),
    ],
)
async def test_an_incomplete_addition_is_a_usage_error(
    shell: Shell, running: RunningServer, words: tuple[str, ...], reason: str
) -> None:
    outcome = await shell("catalogue", "add", "--id", "p", "--name", "Tea", *words, "--server", shell.server)
    assert outcome.code == 2 and reason in outcome.err and outcome.out == ""
    assert not running.fakes.gallery.rows
