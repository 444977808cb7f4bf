"""A server process that ends with its owner: started under `supervisor.py`, waited for, and stopped."""

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
SUPERVISOR_EXTRA_S = 10.0
"""What the supervisor needs after the grace period: 2 s for remaining descendants, 5 s for SIGKILL, and a margin."""
PROBE_INTERVAL_S = 0.1


class SupervisedProcess:
    """Runs `command` under a supervisor. Its output goes to `log`; the log of the previous run is kept beside it.

    `stop_signal` asks the command to end; after `grace_s` seconds it is killed. `inherited_descriptor` is a file
    descriptor that the supervisor keeps open until the last descendant has ended, such as that of a `FolderLock`.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        grace_s: float = 10.0,
        inherited_descriptor: int | None = None,
    ) -> None:
        self.log = log
        self._grace_s = grace_s
        supervisor = [sys.executable, "-I", str(SUPERVISOR), "--owner", str(os.getpid())]
        supervisor += ["--signal", stop_signal.name, "--grace", str(grace_s), "--", *command]
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.exists():
            log.replace(log.with_suffix(f".previous{log.suffix}"))
        with log.open("wb") as output:
            self._supervisor = subprocess.Popen(
                supervisor,
                stdin=subprocess.PIPE,  # never written: the supervisor reads its end of file as the end of its owner
                stdout=output,
                stderr=subprocess.STDOUT,
                env=env,
                start_new_session=True,
                pass_fds=() if inherited_descriptor is None else (inherited_descriptor,),
            )

    def poll(self) -> int | None:
        """The exit code of the command, or None while it runs."""
        return self._supervisor.poll()

    def wait_ready(
        self,
        name: str,
        is_ready: Callable[[], bool],
        deadline_s: float,
        abandoned: threading.Event | None = None,
    ) -> None:
        """Call `is_ready`, which must return within a few seconds, until it returns True.

        Raises StartupError, with `name` and the log, if the process ends first, `deadline_s` seconds have passed, or
        `abandoned` is set.
        """
        deadline = time.monotonic() + deadline_s
        while not is_ready():
            if abandoned is not None and abandoned.is_set():
                raise StartupError(f"the start of {name} was abandoned")
            code = self.poll()
            if code is not None:
                raise StartupError(f"{name} ended at start with code {code}: {self.last_line()} (log: {self.log})")
            if time.monotonic() >= deadline:
                raise StartupError(
                    f"{name} was not ready within {deadline_s:.0f} s: see {self.log}, or allow more time"
                )
            time.sleep(PROBE_INTERVAL_S)
        if self.poll() is not None:  # a server of another owner answered on its port
            raise StartupError(f"{name} ended at start: {self.last_line()} (log: {self.log})")

    def last_line(self, text: str = "") -> str:
        """The last line of the log that contains `text` and is not blank; empty if there is none."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return next((line.strip() for line in reversed(lines) if text in line and line.strip()), "")

    def stop(self) -> None:
        """End the command and all its descendants, and wait for their end. Can be repeated."""
        if self._supervisor.stdin is not None:
            self._supervisor.stdin.close()
        try:
            self._supervisor.wait(self._grace_s + SUPERVISOR_EXTRA_S)
        except subprocess.TimeoutExpired:  # the kernel then kills the command too, see supervisor.py
            self._supervisor.kill()
            self._supervisor.wait(SUPERVISOR_EXTRA_S)
