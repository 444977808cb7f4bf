"""Programs to supervise, and what tests ask of processes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

DEADLINE_S = 20.0
# Writes its process id to argv[1] once it runs; SIGTERM ends it.
SLEEPER = "import os, sys, time, pathlib; pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); time.sleep(600)"
# The same, but it ignores SIGTERM and SIGINT.
STUBBORN = f"import signal; [signal.signal(s, signal.SIG_IGN) for s in (signal.SIGTERM, signal.SIGINT)]; {SLEEPER}"
# Starts SLEEPER in a new session, as a daemon does, and then sleeps too.
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
