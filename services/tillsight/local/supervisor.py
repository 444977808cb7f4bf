"""Run one command so that it can never outlive its owner.

Started as a program of its own (``python -I supervisor.py --owner PID --signal SIGTERM --grace S -- COMMAND...``) by
`process.SupervisedProcess`. It imports the standard library only, so that it starts in milliseconds.

What ends the command, whichever comes first:

* end of file on standard input: the owner closed its end of the pipe, or died, even by SIGKILL;
* another parent: the owner died while a forked copy of it still held the pipe open;
* SIGTERM, SIGINT or SIGHUP to the guard;
* the death of the guard itself (``PR_SET_PDEATHSIG``, prctl(2)).

The guard is a child subreaper (``PR_SET_CHILD_SUBREAPER``, prctl(2)): whatever the command forks, daemonises or
leaves behind stays below the guard, so every descendant is found by walking parents in ``/proc``. The command gets
the stop signal and the grace period; what it leaves gets SIGTERM and a short period; what is left then gets SIGKILL.

Exit code: the command's, 128 + N where signal N ended it, 127 where it could not be started.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1  # linux/prctl.h
PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
LEFTOVER_GRACE_S = 2.0
KILL_DEADLINE_S = 5.0
OWNER_POLL_S = 1.0
COULD_NOT_START = 127  # as a shell reports it

_LIBC = ctypes.CDLL(None, use_errno=True)


def descendants(root: int) -> list[int]:
    """Process ids below `root` (itself excluded) that still run, in no order; zombies are left out."""
    children: dict[int, list[int]] = {}
    zombies: set[int] = set()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue  # it ended since it was listed
        # The second field, the name in brackets, may hold spaces and brackets: split after its end.
        state, parent = stat.rpartition(")")[2].split()[:2]
        children.setdefault(int(parent), []).append(int(folder.name))
        if state in "ZX":
            zombies.add(int(folder.name))
    found: list[int] = []
    frontier = [root]
    while frontier:
        below = children.get(frontier.pop(), [])
        frontier += below
        found += below
    return [pid for pid in found if pid not in zombies]


class Supervisor:
    """Starts `command`, waits for its end or for a reason to end it, and leaves nothing behind."""

    def __init__(self, command: Sequence[str], owner: int, stop_signal: signal.Signals, grace_s: float) -> None:
        self._command = list(command)
        self._owner = owner
        self._stop_signal = stop_signal
        self._grace_s = grace_s
        self._stop_asked = False
        self._child = 0
        self._child_code: int | None = None

    def run(self) -> int:
        """Exit code of the command, once it and all its descendants have ended."""
        if _LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER) failed")
        wakeup_read, wakeup_write = os.pipe()
        os.set_blocking(wakeup_write, False)
        signal.set_wakeup_fd(wakeup_write, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._ask_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # a handler, so that the wake-up pipe is written
        try:
            self._child = self._start()
        except OSError as error:
            print(f"guard: cannot start {self._command[0]}: {error.strerror}", file=sys.stderr)
            return COULD_NOT_START

        while self._child_code is None and not self._stop_asked:
            ready, _, _ = select.select([0, wakeup_read], [], [], OWNER_POLL_S)
            if wakeup_read in ready:
                os.read(wakeup_read, 4096)
            if (0 in ready and not os.read(0, 4096)) or os.getppid() != self._owner:
                self._stop_asked = True
            self._reap()

        if self._child_code is None:
            os.kill(self._child, self._stop_signal)
            self._wait_until(lambda: self._child_code is not None, self._grace_s)
        self._end_descendants()
        return 128 + signal.SIGKILL if self._child_code is None else self._child_code

    def _start(self) -> int:
        guard = os.getpid()

        def die_with_guard() -> None:
            _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != guard:
                os._exit(COULD_NOT_START)

        # A process group of its own: a Ctrl-C meant for the owner is not also the server's.
        return subprocess.Popen(self._command, stdin=subprocess.DEVNULL, process_group=0, preexec_fn=die_with_guard).pid

    def _ask_stop(self, *_: object) -> None:
        self._stop_asked = True

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self._child:
                code = os.waitstatus_to_exitcode(status)
                self._child_code = code if code >= 0 else 128 - code

    def _wait_until(self, done: Callable[[], bool], limit_s: float) -> bool:
        deadline = time.monotonic() + limit_s
        while True:
            self._reap()
            if done():
                return True
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.02)

    def _end_descendants(self) -> None:
        guard = os.getpid()
        # One that outlasted its grace period is not asked a second time.
        if self._child_code is not None and (left := descendants(guard)):
            _signal_all(left, signal.SIGTERM)
            self._wait_until(lambda: not descendants(guard), LEFTOVER_GRACE_S)

        def killed() -> bool:
            # Again each round: one may have forked between the listing and the signal.
            left = descendants(guard)
            _signal_all(left, signal.SIGKILL)
            return not left

        self._wait_until(killed, KILL_DEADLINE_S)
        self._reap()


def _signal_all(pids: Sequence[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def main() -> int:
    parser = argparse.ArgumentParser(description="Run a command that ends when its owner does.")
    parser.add_argument("--owner", type=int, required=True, help="process id of the owner, the guard's parent")
    parser.add_argument("--signal", default="SIGTERM", help="asks the command to end, for example SIGINT")
    parser.add_argument("--grace", type=float, default=10.0, help="seconds between that signal and SIGKILL")
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    stop_signal = signal.Signals[arguments.signal]
    return Supervisor(arguments.command, arguments.owner, stop_signal, arguments.grace).run()


if __name__ == "__main__":
    sys.exit(main())
