"""The supervisor ends a command together with its owner, and leaves no descendant."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

import pytest

from support.processes import DAEMONISER, SLEEPER, eventually, runs, written_pid
from tillsight.local import supervisor

OWNER = """
import sys, time, pathlib
from tillsight.local.process import SupervisedProcess
process = SupervisedProcess([sys.executable, "-c", *sys.argv[2:]], log=pathlib.Path(sys.argv[1]), grace_s=0.5)
{then}
time.sleep(600)
"""
# A fork without exec inherits the pipe's end, so the pipe does not report the owner's death.
FORKED_COPY = """import os
if os.fork() == 0:
    pathlib.Path(sys.argv[1] + ".fork").write_text(str(os.getpid()))
    time.sleep(30)
"""


@pytest.mark.parametrize("then", ["", FORKED_COPY], ids=["alone", "with a forked copy holding the pipe"])
def test_a_killed_owner_leaves_no_descendant(tmp_path, then):
    log = tmp_path / "log.txt"
    program = OWNER.format(then=then)
    pids = tmp_path / "pid", tmp_path / "daemon"
    owner = subprocess.Popen([sys.executable, "-c", program, str(log), DAEMONISER, *map(str, pids)])
    try:
        below = [written_pid(path) for path in pids]
        copy = written_pid(tmp_path / "log.txt.fork") if then else None
        below += [pid for pid in supervisor.descendants(owner.pid) if pid != copy]
        assert len(set(below)) == 3, "command, daemon and supervisor"
    finally:
        owner.kill()
        owner.wait()
    assert eventually(lambda: not any(map(runs, below)))
    if copy is not None:
        os.kill(copy, signal.SIGKILL)


def test_a_sigkilled_supervisor_takes_the_command_with_it(started, tmp_path):
    process = started(SLEEPER, tmp_path / "pid")
    pid = written_pid(tmp_path / "pid")
    parent = next(one for one in supervisor.descendants(os.getpid()) if pid in supervisor.descendants(one))
    os.kill(parent, signal.SIGKILL)
    assert eventually(lambda: not runs(pid))
    assert process.poll() == -signal.SIGKILL


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
