"""The `tillsight` command, run as a user runs it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from support.paths import ROOT
from tillsight.cli.main import main


@dataclass
class Outcome:
    """The exit code and output of a command."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The one JSON object on stdout."""
        assert self.out.count("\n") == 1
        return json.loads(self.out)


class Shell:
    """Runs commands as the installed `tillsight` does, off the event loop that the server runs in."""

    def __init__(self, server: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.server, self._monkeypatch, self._capsys = server, monkeypatch, capsys

    async def begin(self, *words: object) -> asyncio.subprocess.Process:
        """Start a command in a separate process with a pipe for stderr."""
        command = [sys.executable, "-m", "tillsight.cli.main", *map(str, words)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "services"), "COLUMNS": "200"}
        return await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE, env=environment)

    async def __call__(self, *words: object) -> Outcome:
        self._monkeypatch.setattr(sys, "argv", ["tillsight", *map(str, words)])
        self._monkeypatch.setenv("COLUMNS", "200")
        self._capsys.readouterr()
        code = await asyncio.to_thread(self._run)
        return Outcome(code, *self._capsys.readouterr())

    def _run(self) -> int:
        try:
            main()
        except SystemExit as ended:
            return int(ended.code or 0)
        return 0
