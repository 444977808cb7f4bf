"""Triton and Milvus together: they start, stop and fail together, and listen on loopback only."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import time
from pathlib import Path

import pytest
import tritonclient.grpc as grpcclient
from pymilvus import MilvusClient

from tillsight.domain.errors import StartupError
from tillsight.local.milvus import LocalMilvus
from tillsight.local.stack import LocalStack
from tillsight.local.supervisor import descendants
from tillsight.local.tcp_ports import LOOPBACK
from tillsight.local.triton import LocalTriton

DEADLINE_S = 60.0
TIMEOUT_S = 20.0


@pytest.mark.usefixtures("nothing_left")
def test_triton_and_milvus_lite_listen_on_loopback_only(small_models, tmp_path):
    before = listening_elsewhere()
    with LocalStack(small_models, tmp_path):
        assert listening_elsewhere() - before == set()


def listening_elsewhere() -> set[str]:
    """The inode numbers of sockets of our descendants that listen on more than loopback."""
    own = set()
    for pid in descendants(os.getpid()):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                own.add(str(descriptor.readlink()))
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            address, state, inode = fields[1].split(":")[0], fields[3], fields[9]
            loopback = address in {"0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"}
            if state == "0A" and not loopback and f"socket:[{inode}]" in own:
                found.add(inode)
    return found


@pytest.mark.parametrize("server", ["triton", "milvus"])
def test_a_port_in_use_is_named(small_models, tmp_path, server):
    with socket.create_server((LOOPBACK, 0)) as holder:
        port = holder.getsockname()[1]
        starting = (
            LocalTriton(small_models, tmp_path, grpc_port=port)
            if server == "triton"
            else LocalMilvus(tmp_path, port=port)
        )
        with pytest.raises(StartupError, match=f"port {port} .*in use.*choose another port"):
            starting.start()


def test_a_second_stack_on_one_data_folder_is_refused(tmp_path):
    with (
        LocalStack(tmp_path, tmp_path / "data", triton="127.0.0.1:1"),
        pytest.raises(StartupError, match=re.escape(f"{tmp_path / 'data'} is in use by process {os.getpid()}:")),
    ):
        LocalStack(tmp_path, tmp_path / "data", triton="127.0.0.1:1").__enter__()


@pytest.mark.usefixtures("nothing_left")
def test_a_stack_starts_both_and_stops_both(small_models, tmp_path):
    heard: list[str] = []
    with LocalStack(small_models, tmp_path, progress=heard.append) as stack:
        assert grpcclient.InferenceServerClient(stack.triton).is_server_ready()
        assert MilvusClient(stack.milvus, timeout=TIMEOUT_S).list_collections(timeout=TIMEOUT_S) == []
    assert heard[0] == "Starting Milvus and Triton"
    assert "The servers are ready" in heard


@pytest.mark.usefixtures("nothing_left")
def test_a_stack_whose_triton_fails_does_not_wait_for_milvus_and_leaves_nothing(tmp_path, milvus_environment):
    begun = time.monotonic()
    with pytest.raises(StartupError, match="has no model"):
        LocalStack(tmp_path, tmp_path / "data", milvus_environment=milvus_environment).__enter__()
    assert time.monotonic() - begun < DEADLINE_S
