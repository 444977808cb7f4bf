"""`tillsight recognize` against a running service."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from support.shell import Shell

pytestmark = pytest.mark.usefixtures("no_settings")


async def test_tables_show_names_with_brackets_unchanged(shell: Shell, manifest: Path, photo: Path) -> None:
    await shell("catalogue", "import", manifest, "--server", shell.server)
    recognised = await shell("recognize", photo, "--server", shell.server)
    assert recognised.code == 0
    assert "[red] tea [/x]" in recognised.out and "p-blue" in recognised.out and "known" in recognised.out
    listed = await shell("catalogue", "list", "--server", shell.server)
    assert listed.code == 0 and "[green] tea [/x]" in listed.out


async def test_a_whole_photo_is_recognised_as_one_object_and_the_answer_is_drawn(
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


async def test_an_invalid_photo_among_others_is_reported_and_the_others_are_answered(
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


async def test_a_picture_of_an_unknown_kind_is_refused(shell: Shell, photo: Path, tmp_path: Path) -> None:
    outcome = await shell("recognize", photo, "--save", tmp_path / "answer.doc", "--server", shell.server)
    assert outcome.code == 1 and ".doc" in outcome.err and ".jpg" in outcome.err
    two = await shell("recognize", photo, photo, "--save", tmp_path / "a.jpg", "--server", shell.server)
    assert two.code == 2 and "one photo" in two.err
