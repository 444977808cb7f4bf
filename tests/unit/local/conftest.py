"""Supervised processes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tillsight.local.process import SupervisedProcess


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., SupervisedProcess]]:
    processes: list[SupervisedProcess] = []

    def start(program: str, *arguments: object, **options: object) -> SupervisedProcess:
        command = [sys.executable, "-c", program, *map(str, arguments)]
        processes.append(SupervisedProcess(command, log=tmp_path / "log.txt", **options))  # type: ignore[arg-type]
        return processes[-1]

    yield start
    for process in processes:
        process.stop()
