"""The `tillsight` command: errors, exit codes, help and `health`."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.server import RunningServer
from support.shell import Shell

pytestmark = pytest.mark.usefixtures("no_settings")
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
async def test_an_unavailable_service_is_one_sentence_and_exit_code_1(
    shell: Shell, words: tuple[str, ...], photo: Path, manifest: Path
) -> None:
    words = tuple(word.format(photo=photo, manifest=manifest) for word in words)
    outcome = await shell(*words, "--server", "127.0.0.1:1")
    assert outcome.code == 1 and outcome.out == ""
    assert "UNAVAILABLE" in outcome.err and "127.0.0.1:1" in outcome.err and "Traceback" not in outcome.err


@pytest.mark.parametrize("command", ["up", "serve", "recognize", "catalogue"])
async def test_every_command_has_help(shell: Shell, command: str) -> None:
    outcome = await shell(command, "--help")
    assert outcome.code == 0 and "Usage" in outcome.out


async def test_health_prints_whether_the_service_serves_and_exits_with_1_if_not(
    running: RunningServer, shell: Shell
) -> None:
    try:
        await running.server.set_serving(True)
        serving = await shell("health", "--server", shell.server)
        assert (serving.code, serving.out.strip()) == (0, "serving")

        await running.server.set_serving(False)
        not_serving = await shell("health", "--server", shell.server)
        assert not_serving.code == 1 and not_serving.out.startswith("not serving")
        as_json = await shell("health", "--server", shell.server, "--json")
        assert (as_json.code, as_json.data) == (1, {"serving": False})
    finally:
        await running.server.set_serving(False)


async def test_health_without_a_service_is_one_sentence_and_exit_code_1(shell: Shell) -> None:
    outcome = await shell("health", "--server", "127.0.0.1:1")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("UNAVAILABLE") and "Traceback" not in outcome.err
