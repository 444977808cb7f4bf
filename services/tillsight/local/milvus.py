"""Milvus on this machine: the Milvus Lite server (default), or the real Milvus server of the ``milvus`` wheel."""

from __future__ import annotations

import json
import signal
import sys
import threading
from pathlib import Path

import grpc
from pymilvus.grpc_gen import common_pb2, milvus_pb2, milvus_pb2_grpc

from tillsight.domain.errors import StartupError
from tillsight.local.folder_lock import FolderLock
from tillsight.local.process import SupervisedProcess
from tillsight.local.tcp_ports import LOOPBACK, check_free, free_ports

STANDALONE_PROGRAM = Path(__file__).with_name("milvus_standalone.py")
STANDALONE_PORTS = (
    *("proxy", "proxy_internal", "etcd", "etcd_peer", "metrics", "root_coord", "query_coord", "query_node"),
    *("index_coord", "index_node", "data_coord", "data_node"),
)
PROBE_TIMEOUT_S = 1.0
GRACE_S = 20.0
"""Milvus Lite finishes calls for 5 s and writes its tables. Milvus stops its parts one by one, see
`milvus_standalone.GRACEFUL_STOP_S`."""


class LocalMilvus:
    """A Milvus server process, as a context manager.

    Without `environment` it is ``milvus-lite server``. `environment` is the folder of a virtual environment with
    ``milvus==2.3.5``; then it is the real Milvus server with its embedded etcd and log. The real server listens on all
    interfaces without a password and has no setting to change that: keep it behind a firewall.

    Data and log are in `data_dir`; one server uses the folder at a time. Rows survive a clean stop and a SIGKILL of the
    owner. They may not survive a power failure, because Milvus Lite does not sync its log. The real server is ready 4
    to 16 s after its start, measured on busy cores, after any kind of end. Without `port` the system chooses one.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int | None = None,
        environment: Path | None = None,
        deadline_s: float = 180.0,
    ) -> None:
        self._data_dir = data_dir.resolve()
        self._requested_port = port
        self._environment = environment
        self._deadline_s = deadline_s
        self._lock: FolderLock | None = None
        self._process: SupervisedProcess | None = None
        self._abandoned = threading.Event()
        self.uri = ""  # http://HOST:PORT

    @property
    def log(self) -> Path:
        """The file with the output of the server."""
        return self._data_dir / "milvus.log"

    def start(self) -> None:
        """Start the server and wait until it answers and has loaded its collections.

        Raises StartupError; no process keeps running then.
        """
        name = "Milvus Lite" if self._environment is None else "Milvus"
        self._lock = FolderLock(self._data_dir)
        try:
            # Checked after the lock: the server of a killed run may use the port until then.
            if self._requested_port is not None:
                check_free(self._requested_port, name)
            port, *others = free_ports(len(STANDALONE_PORTS))
            port = port if self._requested_port is None else self._requested_port
            if self._environment is None:
                command = _lite_command(self._data_dir / "lite", port)
                stop_signal = signal.SIGINT  # Milvus Lite closes its tables on SIGINT only
            else:
                ports = dict(zip(STANDALONE_PORTS, (port, *others), strict=True))
                command = _standalone_command(self._environment, self._data_dir / "standalone", ports)
                stop_signal = signal.SIGTERM
            self.uri = f"http://{LOOPBACK}:{port}"
            self._process = SupervisedProcess(
                command,
                log=self.log,
                stop_signal=stop_signal,
                grace_s=GRACE_S,
                inherited_descriptor=self._lock.descriptor,
            )
            with grpc.insecure_channel(f"{LOOPBACK}:{port}") as channel:
                stub = milvus_pb2_grpc.MilvusServiceStub(channel)
                self._process.wait_ready(name, lambda: _is_ready(stub), self._deadline_s, self._abandoned)
        except BaseException:
            self.stop()
            raise

    def abandon(self) -> None:
        """Make a running `start` fail soon and clean up. Called from another thread."""
        self._abandoned.set()

    def stop(self) -> None:
        """End the server after it has written its data. Can be repeated."""
        if self._process is not None:
            self._process.stop()
            self._process = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> LocalMilvus:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _lite_command(data_dir: Path, port: int) -> list[str]:
    data_dir.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "milvus_lite", "server"]
    return [*command, "--data-dir", str(data_dir), "--host", LOOPBACK, "--port", str(port)]


def _standalone_command(environment: Path, data_dir: Path, ports: dict[str, int]) -> list[str]:
    python = environment / "bin" / "python"
    if not python.exists() or not list(environment.glob("lib/python3*/site-packages/milvus/data/bin/milvus.lzma")):
        raise StartupError(
            f"{environment} has no Milvus server: install it with "
            f"python3 -m venv {environment} && {python} -m pip install milvus==2.3.5"
        )
    data_dir.mkdir(exist_ok=True)
    return [str(python.absolute()), "-I", str(STANDALONE_PROGRAM), str(data_dir), json.dumps(ports)]


def _is_ready(stub: milvus_pb2_grpc.MilvusServiceStub) -> bool:
    """Whether the server answers and is not loading a collection."""
    try:
        listed = stub.ShowCollections(milvus_pb2.ShowCollectionsRequest(), timeout=PROBE_TIMEOUT_S)
        if listed.status.code or listed.status.error_code:
            return False
        states = (
            stub.GetLoadState(milvus_pb2.GetLoadStateRequest(collection_name=name), timeout=PROBE_TIMEOUT_S)
            for name in listed.collection_names
        )
        return all(reply.state != common_pb2.LoadStateLoading for reply in states)
    except grpc.RpcError:
        return False
