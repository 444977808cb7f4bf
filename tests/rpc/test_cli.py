"""The `tillsight` command against a running service: what is printed where, and the exit code."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from pictures import BLUE, RED, counter, encode
from running import Running
from shell import Shell
from tillsight.domain.errors import Unavailable

pytestmark = pytest.mark.usefixtures("no_settings")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "counter.png"
    path.write_bytes(encode(counter(((8, 10, 30, 30), RED), ((70, 30, 30, 40), BLUE))))
    return path


async def test_a_catalogue_is_imported_listed_counted_and_recognised(shell: Shell, manifest: Path, photo: Path) -> None:
    at = ("--server", shell.server, "--json")
    imported = await shell("catalogue", "import", manifest, *at)
    assert imported.code == 0
    counts = {"rows": 3, "enrolled": 3, "updated": 0, "unchanged": 0, "refused": [], "dry_run": False}
    assert {name: imported.data[name] for name in counts} == counts and imported.data["seconds"] > 0
    assert (await shell("catalogue", "import", manifest, *at)).data["unchanged"] == 3

    products = (await shell("catalogue", "list", *at)).data["products"]
    assert [product["product_id"] for product in products] == ["p-blue", "p-green", "p-red"]
    assert set(products[0]) == {"product_id", "name", "store", "active", "references", "attributes"}

    counts = (await shell("catalogue", "stats", *at)).data
    assert (counts["products"], counts["references"], counts["rows"]) == (3, 3, 12)

    (answer,) = (await shell("recognize", photo, *at)).data["photos"]
    assert set(answer) == {"photo", "width", "height", "objects", "timings_ms", "versions"}
    assert (answer["photo"], answer["width"], answer["height"]) == (str(photo), 120, 80)
    assert {found["product_id"] for found in answer["objects"]} == {"p-red", "p-blue"}
    for found in answer["objects"]:
        assert set(found) >= {"box", "product_id", "name", "score", "probability", "verdict", "candidates"}
        assert len(found["box"]) == 4 and found["verdict"] == "known"
        assert found["candidates"][0]["attributes"]["of"] in ("red", "blue")
    assert answer["timings_ms"]["total"] > 0


async def test_tables_show_names_as_they_are_even_with_brackets(shell: Shell, manifest: Path, photo: Path) -> None:
    await shell("catalogue", "import", manifest, "--server", shell.server)
    recognised = await shell("recognize", photo, "--server", shell.server)
    assert recognised.code == 0
    assert "[red] tea [/x]" in recognised.out and "p-blue" in recognised.out and "known" in recognised.out
    listed = await shell("catalogue", "list", "--server", shell.server)
    assert listed.code == 0 and "[green] tea [/x]" in listed.out


async def test_a_photo_can_be_taken_as_one_object_and_the_answer_drawn(
    shell: Shell, manifest: Path, photo: Path, tmp_path: Path
) -> None:
    await shell("catalogue", "import", manifest, "--server", shell.server)
    picture = tmp_path / "new" / "answer.jpg"
    outcome = await shell(
        "recognize", tmp_path / "red.png", "--whole", "--save", picture, "--server", shell.server, "--json"
    )
    (found,) = outcome.data["photos"][0]["objects"]
    assert found["box"] == [0, 0, 120, 80]
    assert cv2.imread(str(picture)).shape == (80, 120, 3)


async def test_one_bad_photo_among_others_is_told_and_the_others_are_answered(
    shell: Shell, photo: Path, tmp_path: Path
) -> None:
    (tmp_path / "[bold].jpg").write_text("no photo")
    missing = tmp_path / "missing.jpg"
    outcome = await shell("recognize", tmp_path / "[bold].jpg", photo, missing, "--server", shell.server, "--json")
    bad, good, absent = outcome.data["photos"]
    assert outcome.code == 1
    assert "INVALID_ARGUMENT" in bad["error"] and "not a JPEG" in bad["error"] and "error" not in good
    assert "No such file" in absent["error"]
    assert "[bold].jpg" in outcome.err and str(missing) in outcome.err


async def test_a_product_is_added_by_photos_shown_and_removed(shell: Shell, manifest: Path) -> None:
    at = ("--server", shell.server, "--json")
    photos = [manifest.parent / f"{name}.png" for name in ("red", "blue")]
    said = ("--id", "p-1", "--name", "Tea", "--store", "north", "--attributes", '{"vat": 7}')
    added = await shell("catalogue", "add", *said, *photos, *at)
    about = {"product_id": "p-1", "name": "Tea", "store": "north"}
    assert added.code == 0
    assert added.data == {**about, "enrolled": 2, "updated": 0, "unchanged": 0, "refused": []}
    again = await shell("catalogue", "add", *said[:-1], '{"vat": 19}', photos[0], *at)
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
    assert removed.code == 1 and "'p-2' was not there" in removed.err
    assert removed.data == {"products": 1, "rows": 8, "missing": ["p-2"]}
    assert (await shell("catalogue", "list", "--store", "north", *at)).data == {"products": []}


async def test_what_a_camera_saw_becomes_a_product_by_its_box(shell: Shell, photo: Path) -> None:
    at = ("--server", shell.server, "--json")
    (before,) = (await shell("recognize", photo, *at)).data["photos"]
    assert {found["verdict"] for found in before["objects"]} == {"unknown"}
    for number, found in enumerate(before["objects"]):
        box = ",".join(map(str, found["box"]))
        said = ("--id", f"p-{number}", "--name", f"Tea {number}")
        added = await shell("catalogue", "add", *said, "--from-photo", photo, "--box", box, *at)
        assert added.data["enrolled"] == 1
    (after,) = (await shell("recognize", photo, *at)).data["photos"]
    assert [found["product_id"] for found in after["objects"]] == ["p-0", "p-1"]
    assert all(found["score"] > 0.999 for found in after["objects"])  # the same outline, so the same crop


async def test_a_correction_needs_no_name_of_a_product_that_is_enrolled(shell: Shell, photo: Path) -> None:
    at = ("--server", shell.server, "--json")
    crop = ("--from-photo", photo, "--box", "8,10,30,30")
    unnamed = await shell("catalogue", "add", "--id", "p-1", *crop, *at)
    assert unnamed.code == 1 and "NOT_FOUND" in unnamed.err
    await shell("catalogue", "add", "--id", "p-1", "--name", "Tea", "--from-photo", photo, "--box", "70,30,30,40", *at)
    corrected = await shell("catalogue", "add", "--id", "p-1", *crop, *at)
    assert (corrected.data["name"], corrected.data["enrolled"]) == ("Tea", 1)


async def test_a_refused_photo_is_told_and_the_others_are_added(shell: Shell, manifest: Path) -> None:
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
        pytest.param(("x.jpg", "--attributes", "[1]"), "no JSON object", id="attributes are a list"),
        pytest.param(("x.jpg", "--attributes", "{'a': 1}"), "is no JSON", id="attributes are no JSON"),
    ],
)
async def test_an_addition_that_lacks_something_is_a_usage_error(
    shell: Shell, running: Running, words: tuple[str, ...], reason: str
) -> None:
    outcome = await shell("catalogue", "add", "--id", "p", "--name", "Tea", *words, "--server", shell.server)
    assert outcome.code == 2 and reason in outcome.err and outcome.out == ""
    assert not running.world.gallery.rows


COMMANDS = [
    ("recognize", "{photo}"),
    ("catalogue", "list"),
    ("catalogue", "stats"),
    ("catalogue", "import", "{manifest}"),
    ("catalogue", "add", "--id", "p", "--name", "Tea", "{photo}"),
    ("catalogue", "remove", "p"),
    ("catalogue", "show", "p"),
    ("catalogue", "export", "gallery.parquet"),
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
async def test_a_service_that_is_not_there_is_one_sentence_and_exit_code_1(
    shell: Shell, words: tuple[str, ...], photo: Path, manifest: Path
) -> None:
    words = tuple(word.format(photo=photo, manifest=manifest) for word in words)
    outcome = await shell(*words, "--server", "127.0.0.1:1")
    assert outcome.code == 1 and outcome.out == ""
    assert "UNAVAILABLE" in outcome.err and "127.0.0.1:1" in outcome.err and "Traceback" not in outcome.err


async def test_what_the_service_says_is_passed_on(shell: Shell, running: Running) -> None:
    running.world.gallery.step.error = Unavailable("Milvus", "[/gone]")
    outcome = await shell("catalogue", "stats", "--server", shell.server)
    assert outcome.code == 1
    assert outcome.err.strip() == "UNAVAILABLE: Milvus is unavailable: [/gone]"


async def test_a_bad_setting_is_named(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILLSIGHT_PORT", "http")
    outcome = await shell("catalogue", "stats")
    assert outcome.code == 1 and outcome.err.startswith("setting TILLSIGHT_PORT: ")
    assert outcome.err.count("\n") == 1


async def test_a_picture_of_an_unknown_kind_is_refused(shell: Shell, photo: Path, tmp_path: Path) -> None:
    outcome = await shell("recognize", photo, "--save", tmp_path / "answer.doc", "--server", shell.server)
    assert outcome.code == 1 and ".doc" in outcome.err and ".jpg" in outcome.err
    two = await shell("recognize", photo, photo, "--save", tmp_path / "a.jpg", "--server", shell.server)
    assert two.code == 2 and "one photo" in two.err


@pytest.mark.parametrize("command", ["up", "serve", "recognize", "catalogue"])
async def test_every_command_has_help(shell: Shell, command: str) -> None:
    outcome = await shell(command, "--help")
    assert outcome.code == 0 and "Usage" in outcome.out
