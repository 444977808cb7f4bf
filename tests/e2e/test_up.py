"""`tillsight up` as a person runs it: a process of its own on the real servers."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.paths import ROOT

TILLSIGHT = [sys.executable, "-m", "tillsight.cli.main"]
START_S, STOP_S = 180.0, 60.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Up:
    """A running `tillsight up`; its stderr is read until the service answers."""

    def __init__(self, data_dir: Path, port: int) -> None:
        environment = {**os.environ, "TILLSIGHT_DATA_DIR": str(data_dir), "TILLSIGHT_LOG_LEVEL": "error"}
        self.process = subprocess.Popen(
            [*TILLSIGHT, "up", "--port", str(port)], cwd=ROOT, env=environment, stderr=subprocess.PIPE
        )
        self.stderr = b""

    def wait_until_it_answers(self) -> None:
        assert self.process.stderr is not None
        descriptor, limit = self.process.stderr.fileno(), time.monotonic() + START_S
        while b"answers on" not in self.stderr:
            readable, _, _ = select.select([descriptor], [], [], max(limit - time.monotonic(), 0))
            chunk = os.read(descriptor, 4096) if readable else b""
            assert chunk, f"`tillsight up` did not come up: {self.stderr.decode()}"
            self.stderr += chunk

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(STOP_S)


@pytest.fixture
def running() -> Iterator[list[Up]]:
    started: list[Up] = []
    yield started
    for up in started:
        if up.process.poll() is None:
            up.end(signal.SIGTERM)


def stats(port: int) -> subprocess.CompletedProcess[str]:
    command = [*TILLSIGHT, "catalogue", "stats", "--server", f"127.0.0.1:{port}", "--json"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_up_answers_survives_sigkill_and_stops_cleanly(tmp_path: Path, running: list[Up]) -> None:
    port = free_port()
    running.append(Up(tmp_path, port))
    running[-1].wait_until_it_answers()
    assert json.loads(stats(port).stdout)["products"] == 0

    # After a SIGKILL it cannot stop its servers; the next start on the same data and port succeeds nevertheless.
    running[-1].end(signal.SIGKILL)
    running.append(Up(tmp_path, port))
    running[-1].wait_until_it_answers()
    assert json.loads(stats(port).stdout)["products"] == 0

    assert running[-1].end(signal.SIGINT) == 0
    after = stats(port)
    assert after.returncode == 1
    assert "UNAVAILABLE" in after.stderr
    assert after.stdout == ""


def test_a_port_in_use_is_reported_in_one_sentence_by_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        up = Up(tmp_path, port)
        _, stderr = up.process.communicate(timeout=START_S)
    assert up.process.returncode == 1
    message = " ".join(stderr.decode().split())
    assert f"port {port}" in message
    assert "Traceback" not in message
    assert "choose another port" in message
