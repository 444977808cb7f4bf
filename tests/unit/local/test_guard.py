"""The guard ends a command with its owner, whatever way the owner ends, and leaves no descendant behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tillsight.local import supervisor
from tillsight.local.process import SupervisedProcess

DEADLINE_S = 20.0

# Writes its process id to argv[1], once it is up; obeys SIGTERM by default.
SLEEPER = "import os, sys, time, pathlib; pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); time.sleep(600)"
# The same, and deaf to polite signals.
STUBBORN = f"import signal; [signal.signal(s, signal.SIG_IGN) for s in (signal.SIGTERM, signal.SIGINT)]; {SLEEPER}"
# Starts SLEEPER in a session of its own, as a daemon would, then sleeps as well.
DAEMONISER = f"""
import subprocess, sys
subprocess.Popen([sys.executable, "-c", {SLEEPER!r}, sys.argv[2]], start_new_session=True)
{SLEEPER.replace("import os, sys,", "import os,")}
"""


def eventually(holds: Callable[[], bool]) -> bool:
    limit = time.monotonic() + DEADLINE_S
    while not holds():
        if time.monotonic() > limit:
            return False
        time.sleep(0.01)
    return True


def written_pid(path: Path) -> int:
    assert eventually(lambda: path.exists() and path.read_text() != ""), "the command did not start"
    return int(path.read_text())


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


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


def test_a_command_deaf_to_the_stop_signal_is_killed_after_the_grace_period(started, tmp_path):
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


def test_what_the_command_leaves_behind_ends_when_the_command_ends(started, tmp_path):
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
def test_the_exit_code_is_the_commands(started, program, code):
    process = started(program)
    assert eventually(lambda: process.poll() is not None)
    assert process.poll() == code


def test_a_command_that_cannot_start_gives_127_and_says_why(tmp_path):
    process = SupervisedProcess([str(tmp_path / "missing")], log=tmp_path / "log.txt")
    assert eventually(lambda: process.poll() is not None)
    assert process.poll() == supervisor.COULD_NOT_START
    assert "No such file" in process.last_line()


OWNER = """
import sys, time, pathlib
from tillsight.local.process import SupervisedProcess
process = SupervisedProcess([sys.executable, "-c", *sys.argv[2:]], log=pathlib.Path(sys.argv[1]), grace_s=0.5)
{then}
time.sleep(600)
"""
# A fork without exec inherits the pipe's end, which then does not tell of the owner's death.
FORKED_COPY = """import os
if os.fork() == 0:
    pathlib.Path(sys.argv[1] + ".fork").write_text(str(os.getpid()))
    time.sleep(30)
"""


@pytest.mark.parametrize("then", ["", FORKED_COPY], ids=["alone", "with a forked copy holding the pipe"])
def test_a_sigkilled_owner_leaves_no_descendant(tmp_path, then):
    log = tmp_path / "log.txt"
    program = OWNER.format(then=then)
    pids = tmp_path / "pid", tmp_path / "daemon"
    owner = subprocess.Popen([sys.executable, "-c", program, str(log), DAEMONISER, *map(str, pids)])
    try:
        below = [written_pid(path) for path in pids]
        copy = written_pid(tmp_path / "log.txt.fork") if then else None
        below += [pid for pid in supervisor.descendants(owner.pid) if pid != copy]
        assert len(set(below)) == 3, "command, daemon and guard"
    finally:
        owner.kill()
        owner.wait()
    assert eventually(lambda: not any(map(runs, below)))
    if copy is not None:
        os.kill(copy, signal.SIGKILL)


def test_a_sigkilled_guard_takes_the_command_with_it(started, tmp_path):
    process = started(SLEEPER, tmp_path / "pid")
    pid = written_pid(tmp_path / "pid")
    guard = next(parent for parent in supervisor.descendants(os.getpid()) if pid in supervisor.descendants(parent))
    os.kill(guard, signal.SIGKILL)
    assert eventually(lambda: not runs(pid))
    assert process.poll() == -signal.SIGKILL


def test_the_command_does_not_share_the_owners_process_group(started, tmp_path):
    started(SLEEPER, tmp_path / "pid")
    pid = written_pid(tmp_path / "pid")
    assert os.getpgid(pid) == pid
    assert os.getsid(pid) != os.getsid(0)


def test_descendants_reads_names_with_brackets_and_spaces(tmp_path):
    odd = tmp_path / "a) b (c"
    odd.symlink_to(sys.executable)
    child = subprocess.Popen([str(odd), "-c", textwrap.dedent(SLEEPER), str(tmp_path / "pid")])
    try:
        written_pid(tmp_path / "pid")
        assert child.pid in supervisor.descendants(os.getpid())
    finally:
        child.kill()
        child.wait()
