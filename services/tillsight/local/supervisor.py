"""Runs one command so that it never outlives its owner.

`process.SupervisedProcess` starts it as a separate program:
``python -I supervisor.py --owner PID --signal SIGTERM --grace SECONDS -- COMMAND...``. It imports only the standard
library, so that it starts in milliseconds.

The first of these events ends the command:

* End of file on standard input: the owner closed its end of the pipe or ended, even by SIGKILL.
* Another parent process: the owner ended while a forked copy of it still has the pipe open.
* The supervisor receives SIGTERM, SIGINT or SIGHUP.
* The supervisor itself ends (``PR_SET_PDEATHSIG``, prctl(2)).

The supervisor is a child subreaper (``PR_SET_CHILD_SUBREAPER``, prctl(2)): processes that the command forks or
daemonises stay its descendants, so it finds all of them by the parents in ``/proc``. The command receives the stop
signal and has the grace period to end. Remaining descendants receive SIGTERM and have LEFTOVER_GRACE_S. After that the
supervisor kills what remains with SIGKILL.

The exit code is that of the command, 128 + N if signal N ended it, or 127 if it could not be started.
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
"""How often the parent process is checked; all other events wake the supervisor at once."""
COULD_NOT_START = 127  # as a shell reports it

_LIBC = ctypes.CDLL(None, use_errno=True)


def descendants(root: int) -> list[int]:
    """The process ids of the running descendants of `root`, in no particular order, without zombies."""
    children: dict[int, list[int]] = {}
    zombies: set[int] = set()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue  # it ended after it was listed
        # The second field, the name in brackets, may contain spaces and brackets: split after the last bracket.
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
    """Runs a command until it ends or has to end; no descendant of it remains then."""

    def __init__(self, command: Sequence[str], owner: int, stop_signal: signal.Signals, grace_s: float) -> None:
        self._command = list(command)
        self._owner = owner
        self._stop_signal = stop_signal
        self._grace_s = grace_s
        self._stop_requested = False
        self._child = 0
        self._child_code: int | None = None

    def run(self) -> int:
        """Run the command; returns its exit code once it and all its descendants have ended."""
        if _LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER) failed")
        wakeup_read, wakeup_write = os.pipe()
        os.set_blocking(wakeup_write, False)
        signal.set_wakeup_fd(wakeup_write, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._request_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only a signal with a handler writes to the wake-up pipe
        try:
            self._child = self._start()
        except OSError as error:
            print(f"supervisor: cannot start {self._command[0]}: {error.strerror}", file=sys.stderr)
            return COULD_NOT_START

        while self._child_code is None and not self._stop_requested:
            ready, _, _ = select.select([0, wakeup_read], [], [], OWNER_POLL_S)
            if wakeup_read in ready:
                os.read(wakeup_read, 4096)
            if (0 in ready and not os.read(0, 4096)) or os.getppid() != self._owner:
                self._stop_requested = True
            self._reap()

        if self._child_code is None:
            os.kill(self._child, self._stop_signal)
            self._wait_until(lambda: self._child_code is not None, self._grace_s)
        self._end_descendants()
        return 128 + signal.SIGKILL if self._child_code is None else self._child_code

    def _start(self) -> int:
        supervisor = os.getpid()

        def end_with_supervisor() -> None:
            _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            # The supervisor may have ended before the line above took effect.
            if os.getppid() != supervisor:
                os._exit(COULD_NOT_START)

        # Its own process group, so that Ctrl-C in the terminal reaches only the owner.
        child = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, process_group=0, preexec_fn=end_with_supervisor
        )
        return child.pid

    def _request_stop(self, *_: object) -> None:
        self._stop_requested = True

    def _reap(self) -> None:
        """Collect all ended children, also adopted ones, and the exit code of the command."""
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
        supervisor = os.getpid()
        # A command that did not end in its grace period gets no second one.
        if self._child_code is not None and (remaining := descendants(supervisor)):
            _signal_all(remaining, signal.SIGTERM)
            self._wait_until(lambda: not descendants(supervisor), LEFTOVER_GRACE_S)

        def all_killed() -> bool:
            # List them again each time: a process may fork between the listing and the signal.
            remaining = descendants(supervisor)
            _signal_all(remaining, signal.SIGKILL)
            return not remaining

        self._wait_until(all_killed, KILL_DEADLINE_S)
        self._reap()


def _signal_all(pids: Sequence[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def main() -> int:
    parser = argparse.ArgumentParser(description="Run a command that ends with its owner.")
    parser.add_argument("--owner", type=int, required=True, help="process id of the owner, the parent of this process")
    parser.add_argument("--signal", default="SIGTERM", help="signal that asks the command to end, for example SIGINT")
    parser.add_argument("--grace", type=float, default=10.0, help="seconds between that signal and SIGKILL")
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    stop_signal = signal.Signals[arguments.signal]
    return Supervisor(arguments.command, arguments.owner, stop_signal, arguments.grace).run()


if __name__ == "__main__":
    sys.exit(main())
