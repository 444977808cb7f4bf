"""A lock on a data folder: one run uses it at a time, also while the servers of a killed run are still ending."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from tillsight.domain.errors import StartupError

POLL_S = 0.05


class FolderLock:
    """Locks the file `lock` in a folder with flock(2), from creation to `release`.

    A flock belongs to the open file. A supervisor that inherits `descriptor` therefore keeps the folder locked after
    its owner was killed, until the last server process has ended. The file contains the process id of the owner. If the
    owner is alive, the folder is in use and creation fails at once. If it is not, its servers are ending, and creation
    waits for them up to `timeout_s` seconds.

    Raises StartupError if the folder is in use, stays locked, or cannot be written.
    """

    def __init__(self, folder: Path, timeout_s: float = 60.0) -> None:
        path = folder / "lock"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StartupError(f"the data folder {folder} cannot be used: {error.strerror}") from error
        deadline = time.monotonic() + timeout_s
        while not self._try_lock():
            owner = os.pread(self.descriptor, 32, 0).decode("ascii", "replace").strip()
            if _is_alive(owner) or time.monotonic() >= deadline:
                os.close(self.descriptor)
                raise StartupError(
                    f"the data folder {folder} is in use by process {owner or 'unknown'}: "
                    "stop that process, or choose another data folder"
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
        """Unlock the folder, unless a supervisor that inherited the descriptor still runs. Can be repeated."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def _is_alive(pid: str) -> bool:
    """Whether a process exists and is not a zombie."""
    try:
        state = Path(f"/proc/{int(pid)}/stat").read_text(encoding="utf-8", errors="replace")
    except (ValueError, OSError):
        return False
    return state.rpartition(")")[2].split()[0] not in "ZX"
