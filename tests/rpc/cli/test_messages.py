"""Errors as one sentence."""

from __future__ import annotations

import pytest

from support.server import RunningServer
from support.shell import Shell
from tillsight.domain.errors import Unavailable

pytestmark = pytest.mark.usefixtures("no_settings")


async def test_an_error_of_the_service_is_printed(shell: Shell, running: RunningServer) -> None:
    running.fakes.gallery.step.error = Unavailable("Milvus", "[/gone]")
    outcome = await shell("catalogue", "stats", "--server", shell.server)
    assert outcome.code == 1
    assert outcome.err.strip() == "UNAVAILABLE: Milvus is unavailable: [/gone]"


async def test_an_invalid_setting_is_named(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILLSIGHT_PORT", "http")
    outcome = await shell("catalogue", "stats")
    assert outcome.code == 1 and outcome.err.startswith("setting TILLSIGHT_PORT: ")
    assert outcome.err.count("\n") == 1
