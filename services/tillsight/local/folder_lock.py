"""A lock on a data folder: one run at a time, also while the servers of a killed run still end."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from tillsight.domain.errors import StartupError

POLL_S = 0.05


class FolderLock:
    """Holds `folder`/lock by flock(2) from creation to `release`.

    flock belongs to the open file: a guard that inherits `descriptor` keeps the folder locked after its owner was
    killed, until the last server process has ended. The file names the owner's process id: where that process still
    lives the folder is in use, which is an error at once; where it is gone, its servers are ending, which is waited
    for up to `patience_s` seconds.

    Raises StartupError where the folder is in use, or stays locked, or cannot be written.
    """

    def __init__(self, folder: Path, patience_s: float = 60.0) -> None:
        path = folder / "lock"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StartupError(f"the data folder {folder} cannot be used: {error.strerror}") from error
        limit = time.monotonic() + patience_s
        while not self._try_lock():
            owner = os.pread(self.descriptor, 32, 0).decode("ascii", "replace").strip()
            if _lives(owner) or time.monotonic() >= limit:
                os.close(self.descriptor)
                raise StartupError(
                    f"the data folder {folder} is in use by process {owner or 'unknown'}: "
                    "stop that one, or choose another data folder"
                )
            time.sleep(POLL_S)
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, f"{os.getpid()}\n".encode(), 0)

    def _try_lock(self) -> bool:
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Let go of the folder; safe to repeat. A guard that inherited the descriptor still holds it."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def _lives(pid: str) -> bool:
    try:
        state = Path(f"/proc/{int(pid)}/stat").read_text(encoding="utf-8", errors="replace")
    except (ValueError, OSError):
        return False
    return state.rpartition(")")[2].split()[0] not in "ZX"
