"""A supervised process: how it ends, and what it leaves behind."""

from __future__ import annotations

import os
import signal

import pytest

from support.processes import DAEMONISER, SLEEPER, STUBBORN, eventually, runs, written_pid
from tillsight.local import supervisor
from tillsight.local.process import SupervisedProcess


def test_stop_ends_the_command_with_the_stop_signal(started, tmp_path):
    process = started(
        f"import signal; signal.signal(signal.SIGINT, lambda *_: sys.exit(7)); {SLEEPER}",
        tmp_path / "pid",
        stop_signal=signal.SIGINT,
    )
    pid = written_pid(tmp_path / "pid")
    process.stop()
    assert process.poll() == 7
    assert not runs(pid)


def test_a_command_that_ignores_the_stop_signal_is_killed_after_the_grace_period(started, tmp_path):
    process = started(STUBBORN, tmp_path / "pid", grace_s=0.2)
    pid = written_pid(tmp_path / "pid")
    process.stop()
    assert not runs(pid)
    assert process.poll() == 128 + signal.SIGKILL


def test_a_daemonised_descendant_ends_too(started, tmp_path):
    process = started(DAEMONISER, tmp_path / "pid", tmp_path / "daemon")
    pids = [written_pid(tmp_path / "pid"), written_pid(tmp_path / "daemon")]
    process.stop()
    assert not any(map(runs, pids))


def test_descendants_of_the_command_end_with_it(started, tmp_path):
    leaver = f"""
import pathlib, subprocess, sys
subprocess.Popen([sys.executable, "-c", {SLEEPER!r}, sys.argv[1]], start_new_session=True)
while not (path := pathlib.Path(sys.argv[1])).exists() or not path.read_text(): pass
sys.exit(3)
"""
    process = started(leaver, tmp_path / "daemon")
    assert eventually(lambda: process.poll() is not None)
    assert process.poll() == 3
    assert not runs(written_pid(tmp_path / "daemon"))


@pytest.mark.parametrize(
    ("program", "code"),
    [("raise SystemExit(5)", 5), ("import os; os.kill(os.getpid(), 9)", 137), ("pass", 0)],
)
def test_the_exit_code_is_that_of_the_command(started, program, code):
    process = started(program)
    assert eventually(lambda: process.poll() is not None)
    assert process.poll() == code


def test_a_command_that_cannot_start_exits_with_127_and_the_reason_is_logged(tmp_path):
    process = SupervisedProcess([str(tmp_path / "missing")], log=tmp_path / "log.txt")
    assert eventually(lambda: process.poll() is not None)
    assert process.poll() == supervisor.COULD_NOT_START
    assert "No such file" in process.last_line()


def test_the_command_does_not_share_the_owners_process_group(started, tmp_path):
    started(SLEEPER, tmp_path / "pid")
    pid = written_pid(tmp_path / "pid")
    assert os.getpgid(pid) == pid
    assert os.getsid(pid) != os.getsid(0)
