"""The servers to measure, each in its own process, so that a benchmark can kill it like a power failure."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from runtime.model_folder import MODEL_REPOSITORY
from tillsight.domain.errors import StartupError
from tillsight.local import supervisor
from tillsight.local.milvus import LocalMilvus
from tillsight.local.tcp_ports import LOOPBACK, free_ports
from tillsight.local.triton import LocalTriton

ROOT = Path(__file__).resolve().parents[2]
MILVUS_ENVIRONMENT = ROOT / ".venv-milvus"
KINDS = {"Milvus Lite": None, "Milvus 2.3.5": MILVUS_ENVIRONMENT}
START_S, STOP_S = 120.0, 60.0
PROBE_S = 0.2


class ServiceProcess:
    """`tillsight serve` on a Triton and a Milvus. Every start uses the same port and data."""

    def __init__(self, triton: str, milvus: str, data_dir: Path, gallery: str = "gallery") -> None:
        (port,) = free_ports(1)
        self.address = f"{LOOPBACK}:{port}"
        self._log = data_dir / "service.log"
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT / "services"),
            "TILLSIGHT_PORT": str(port),
            "TILLSIGHT_TRITON": triton,
            "TILLSIGHT_MILVUS": milvus,
            "TILLSIGHT_GALLERY": gallery,
            "TILLSIGHT_DATA_DIR": str(data_dir),
            "TILLSIGHT_LOG_LEVEL": "warning",
        }
        data_dir.mkdir(parents=True, exist_ok=True)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when the service reports SERVING. Raises StartupError."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tillsight.cli.main", "serve"], env=self.environment, stdout=log, stderr=log
            )
        until(self.serving, "the service")

    def serving(self) -> bool:
        """Whether the service reports SERVING. Raises StartupError if its process has ended."""
        if self._process is None or self._process.poll() is not None:
            raise StartupError(f"the service ended: see {self._log}")
        try:
            with grpc.insecure_channel(self.address) as channel:
                answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=1.0)
        except grpc.RpcError:
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)

    def kill(self) -> None:
        """End the process with SIGKILL."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End the process with SIGTERM; does nothing if it is not running."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(STOP_S)
            self._process = None

    def __enter__(self) -> ServiceProcess:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def until(ready: Callable[[], bool], name: str) -> None:
    """Wait until `ready` returns true. Raises StartupError after START_S seconds."""
    limit = time.monotonic() + START_S
    while not ready():
        if time.monotonic() > limit:
            raise StartupError(f"{name} was not ready within {START_S:.0f} s")
        time.sleep(PROBE_S)


def kill_milvus() -> None:
    """SIGKILL the Milvus servers that this process started. Their supervising processes then end by themselves."""
    for pid in supervisor.descendants(os.getpid()):
        with contextlib.suppress(OSError):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            if words[1:3] == [b"run", b"standalone"] or words[1:4] == [b"-m", b"milvus_lite", b"server"]:
                os.kill(pid, signal.SIGKILL)


@contextlib.contextmanager
def triton(folder: Path, models: Path = MODEL_REPOSITORY) -> Iterator[str]:
    """The address of a Triton with the project's own models, or with those of another repository."""
    with LocalTriton(models, folder / "triton") as server:
        yield server.address


def milvus(kind: str, folder: Path) -> LocalMilvus:
    """A Milvus server of a kind, not started yet. Its port stays the same at every start."""
    (port,) = free_ports(1)
    return LocalMilvus(folder / "milvus", port=port, environment=KINDS[kind])
