"""A data folder is used by one run at a time, and is free again after that run has died."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tillsight.domain.errors import StartupError
from tillsight.local.folder_lock import FolderLock
from tillsight.local.process import SupervisedProcess


def test_a_folder_held_by_a_living_process_is_refused_at_once(tmp_path):
    lock = FolderLock(tmp_path)
    with pytest.raises(StartupError, match=re.escape(f"{tmp_path} is in use by process {os.getpid()}")):
        FolderLock(tmp_path)
    lock.release()


def test_a_released_folder_is_free(tmp_path):
    FolderLock(tmp_path).release()
    FolderLock(tmp_path).release()


def test_release_can_be_repeated(tmp_path):
    lock = FolderLock(tmp_path)
    lock.release()
    lock.release()


def test_the_folder_is_made(tmp_path):
    FolderLock(tmp_path / "new" / "data").release()
    assert (tmp_path / "new" / "data").is_dir()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StartupError, match=re.escape(f"{tmp_path / 'file'} cannot be used")):
        FolderLock(tmp_path / "file")


def a_dead_pid() -> int:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_the_servers_of_a_dead_owner_are_waited_for(tmp_path):
    lock = FolderLock(tmp_path)
    # It ends after a while, as the servers of a killed owner do.
    servers = SupervisedProcess(
        [sys.executable, "-c", "import time; time.sleep(0.5)"],
        log=tmp_path / "log.txt",
        inherited_descriptor=lock.descriptor,
    )
    lock.release()
    (tmp_path / "lock").write_text(str(a_dead_pid()))
    FolderLock(tmp_path).release()
    servers.stop()


def test_the_wait_for_the_servers_of_a_dead_owner_has_a_limit(tmp_path):
    lock = FolderLock(tmp_path)
    (tmp_path / "lock").write_text(str(a_dead_pid()))
    with pytest.raises(StartupError, match="is in use by process"):
        FolderLock(tmp_path, timeout_s=0.2)
    lock.release()
