"""`tillsight health`, which the image's health check runs."""

from __future__ import annotations

import pytest

from running import Running
from shell import Shell
from tillsight.cli.options import server_address

pytestmark = pytest.mark.usefixtures("no_settings")


async def test_it_says_whether_the_service_serves_and_exits_with_1_where_not(running: Running, shell: Shell) -> None:
    try:
        await running.server.set_serving(True)
        well = await shell("health", "--server", shell.server)
        assert (well.code, well.out.strip()) == (0, "serving")

        await running.server.set_serving(False)
        ill = await shell("health", "--server", shell.server)
        assert ill.code == 1 and ill.out.startswith("not serving")
        told = await shell("health", "--server", shell.server, "--json")
        assert (told.code, told.data) == (1, {"serving": False})
    finally:
        await running.server.set_serving(False)


async def test_without_a_service_it_is_one_sentence_and_exit_code_1(shell: Shell) -> None:
    outcome = await shell("health", "--server", "127.0.0.1:1")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("UNAVAILABLE") and "Traceback" not in outcome.err


def test_a_service_on_every_address_is_asked_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILLSIGHT_HOST", "0.0.0.0")  # noqa: S104
    assert server_address(None) == "127.0.0.1:50051"
    assert server_address("tillsight:50051") == "tillsight:50051"
