"""A server process that ends with its owner: starts it under `supervisor.py`, waits for it, stops it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tillsight.domain.errors import StartupError

SUPERVISOR = Path(__file__).with_name("supervisor.py")
# What the guard needs beyond the grace period: 2 s for what the command leaves, 5 s for SIGKILL, and some air.
SUPERVISOR_EXTRA_S = 10.0
PROBE_INTERVAL_S = 0.1


class SupervisedProcess:
    """`command` under the guard; its output goes to `log`, the previous run's log is kept beside it.

    `hold` is a file descriptor the guard keeps open until the last descendant has ended (a lock's, see
    `folder_lock`). `stop_signal` asks the command to end; after `grace_s` seconds it is killed.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        grace_s: float = 10.0,
        hold: int | None = None,
    ) -> None:
        self.log = log
        self._grace_s = grace_s
        guard = [sys.executable, "-I", str(SUPERVISOR), "--owner", str(os.getpid())]
        guard += ["--signal", stop_signal.name, "--grace", str(grace_s), "--", *command]
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.exists():
            log.replace(log.with_suffix(f".previous{log.suffix}"))
        with log.open("wb") as output:
            self._guard = subprocess.Popen(
                guard,
                stdin=subprocess.PIPE,  # held open: its end of file tells the guard that we are gone
                stdout=output,
                stderr=subprocess.STDOUT,
                env=env,
                start_new_session=True,
                pass_fds=() if hold is None else (hold,),
            )

    def poll(self) -> int | None:
        """Exit code of the command, or None while it runs."""
        return self._guard.poll()

    def wait_ready(
        self,
        name: str,
        is_ready: Callable[[], bool],
        deadline_s: float,
        abandoned: threading.Event | None = None,
    ) -> None:
        """Ask `is_ready`, which must return within a few seconds, until it says yes.

        Raises StartupError where the process ends first, `deadline_s` seconds pass, or `abandoned` is set.
        """
        limit = time.monotonic() + deadline_s
        while not is_ready():
            if abandoned is not None and abandoned.is_set():
                raise StartupError(f"the start of {name} was given up")
            code = self.poll()
            if code is not None:
                raise StartupError(f"{name} ended at start with code {code}: {self.last_line()} (log: {self.log})")
            if time.monotonic() >= limit:
                raise StartupError(
                    f"{name} was not ready within {deadline_s:.0f} s: see {self.log}, or allow it more time"
                )
            time.sleep(PROBE_INTERVAL_S)
        if self.poll() is not None:  # then another server answered for it
            raise StartupError(f"{name} ended at start: {self.last_line()} (log: {self.log})")

    def last_line(self, sign: str = "") -> str:
        """The last line of the log with `sign` in it, blank ones aside; empty where there is none."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return next((line.strip() for line in reversed(lines) if sign in line and line.strip()), "")

    def stop(self) -> None:
        """End the command and all it started; returns when nothing of it is left. Safe to repeat."""
        if self._guard.stdin is not None:
            self._guard.stdin.close()
        try:
            self._guard.wait(self._grace_s + SUPERVISOR_EXTRA_S)
        except subprocess.TimeoutExpired:  # the kernel kills the command with its guard, see supervisor.py
            self._guard.kill()
            self._guard.wait(SUPERVISOR_EXTRA_S)
