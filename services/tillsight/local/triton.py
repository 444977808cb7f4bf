"""The real tritonserver of the ``nvidia-pytriton`` wheel, with our ``onnxruntime`` backend dropped in."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import grpc
from tritonclient.grpc import service_pb2, service_pb2_grpc

from tillsight.domain.errors import StartupError
from tillsight.local.folder_lock import FolderLock
from tillsight.local.process import SupervisedProcess
from tillsight.local.tcp_ports import LOOPBACK, check_free, free_ports
from tillsight.local.triton_wheel import assemble_backends, check_platform, libpython_folder, wheel_folder

PROBE_TIMEOUT_S = 1.0
GRACE_S = 10.0
# Attempts with ports the system chose: another program may take one between the choice and tritonserver's bind.
PORT_ATTEMPTS = 3
# What tritonserver, or the loader of a model process, prints when it cannot start; the most telling first.
FAILURE_SIGNS = ("' version ", "error while loading shared libraries", "failed to start", "error: ")
# "E1122 11:30:01.123456 4711 model_lifecycle.cc:642] " before a message, a quote after it.
LOG_PREFIX = re.compile(r'^[EWI]\d{4} \S+ \d+ \S+\] "?')


class LocalTriton:
    """A tritonserver on loopback that serves every model of `model_repository`, as a context manager.

    Keeps its log and the assembled backends under `data_dir`; one server a folder. `grpc_port`
    and `metrics_port` (Prometheus text over HTTP) are chosen by the system where not given.
    """

    def __init__(
        self,
        model_repository: Path,
        data_dir: Path,
        *,
        grpc_port: int | None = None,
        metrics_port: int | None = None,
        deadline_s: float = 180.0,
    ) -> None:
        self._repository = model_repository.resolve()
        self._data_dir = data_dir.resolve()
        self._asked_ports = (grpc_port, metrics_port)
        self._deadline_s = deadline_s
        self._lock: FolderLock | None = None
        self._process: SupervisedProcess | None = None
        self._abandoned = threading.Event()
        self.address = ""  # HOST:PORT of the gRPC endpoint
        self.metrics_url = ""

    @property
    def log(self) -> Path:
        """What tritonserver printed."""
        return self._data_dir / "triton.log"

    def start(self) -> None:
        """Returns once the server and all its models are ready; raises StartupError, with nothing left running."""
        check_platform()
        names = _model_names(self._repository)
        self._lock = FolderLock(self._data_dir)
        try:
            # After the lock: a killed run's server may hold the port until then.
            for port, purpose in zip(self._asked_ports, ("Triton's gRPC", "Triton's metrics"), strict=True):
                if port is not None:
                    check_free(port, purpose)
            backends = assemble_backends(self._data_dir / "cache")
            for attempt in range(PORT_ATTEMPTS):
                try:
                    return self._start_once(names, backends)
                except StartupError:
                    if None not in self._asked_ports or attempt + 1 == PORT_ATTEMPTS or not self._port_was_taken():
                        raise
                    self._end_process()
        except BaseException:
            self.stop()
            raise

    def _start_once(self, names: Sequence[str], backends: Path) -> None:
        chosen = free_ports(len(self._asked_ports))
        grpc_port, metrics_port = (
            given if given is not None else free for given, free in zip(self._asked_ports, chosen, strict=True)
        )
        self.address = f"{LOOPBACK}:{grpc_port}"
        self.metrics_url = f"http://{LOOPBACK}:{metrics_port}/metrics"
        prefix = self._clear_shared_memory()
        self._process = SupervisedProcess(
            [
                str(wheel_folder() / "bin" / "tritonserver"),
                f"--model-repository={self._repository}",
                f"--backend-directory={backends}",
                f"--backend-config=python,shm-region-prefix-name={prefix}",
                f"--grpc-address={LOOPBACK}",
                f"--grpc-port={grpc_port}",
                "--allow-http=false",
                "--allow-metrics=true",
                f"--metrics-address={LOOPBACK}",
                f"--metrics-port={metrics_port}",
                "--exit-timeout-secs=5",
            ],
            log=self.log,
            env=self._environment(),
            grace_s=GRACE_S,
            hold=None if self._lock is None else self._lock.descriptor,
        )
        with grpc.insecure_channel(self.address) as channel:
            stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
            try:
                self._process.wait_ready("Triton", lambda: _is_ready(stub, names), self._deadline_s, self._abandoned)
            except StartupError as error:
                raise self._explained(error, self._process) from error

    def abandon(self) -> None:
        """From another thread: makes a start under way fail soon, which cleans up after itself."""
        self._abandoned.set()

    def stop(self) -> None:
        """Ends the server and its model processes; safe to repeat."""
        self._end_process()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _end_process(self) -> None:
        if self._process is not None:
            self._process.stop()
            self._process = None
            self._clear_shared_memory()

    def _environment(self) -> dict[str, str]:
        libraries = wheel_folder().parents[1] / "nvidia_pytriton.libs"
        inherited = os.environ.get("LD_LIBRARY_PATH", "")
        return {
            **{key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "PYTHONHOME"}},
            # The stub embeds libpython, which finds its packages from the first python3 on PATH.
            "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}",
            # The stub wants libpython, and the wheel's own libraries, whose relative path the copy has lost.
            "LD_LIBRARY_PATH": ":".join(filter(None, [str(libpython_folder()), str(libraries), inherited])),
        }

    def _clear_shared_memory(self) -> str:
        """Prefix of this folder's regions in /dev/shm; those of a killed server are removed, nobody else does it."""
        prefix = f"tillsight_{hashlib.sha256(str(self._data_dir).encode()).hexdigest()[:12]}_"
        for region in Path("/dev/shm").glob(f"{prefix}*"):  # noqa: S108 (where the kernel keeps them)
            with contextlib.suppress(OSError):
                region.unlink()
        return prefix

    def _port_was_taken(self) -> bool:
        return self._process is not None and bool(self._process.last_line("already in use"))

    def _explained(self, error: StartupError, process: SupervisedProcess) -> StartupError:
        """The error with the log line that says why, where tritonserver printed one."""
        for sign in FAILURE_SIGNS:
            if line := process.last_line(sign):
                return StartupError(f"Triton did not start: {_sentence(line)} (log: {self.log})")
        return error

    def __enter__(self) -> LocalTriton:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _sentence(line: str) -> str:
    """The message of a log line, without its prefix, its Python traceback and OpenVINO's places in its source."""
    message = LOG_PREFIX.sub("", line).rstrip('"').partition(r"\n\nAt:")[0]
    parts = (re.sub(r"^(.*?)Exception from src/\S+$", r"\1", part).strip() for part in message.split(r"\n"))
    return " ".join(part for part in parts if part).replace('\\"', "'")


def _is_ready(stub: service_pb2_grpc.GRPCInferenceServiceStub, names: Sequence[str]) -> bool:
    try:
        return all(
            stub.ModelReady(service_pb2.ModelReadyRequest(name=name), timeout=PROBE_TIMEOUT_S).ready for name in names
        )
    except grpc.RpcError:
        return False


def _model_names(repository: Path) -> list[str]:
    names = sorted(path.parent.name for path in repository.glob("*/config.pbtxt"))
    if not names:
        raise StartupError(f"the model repository {repository} holds no model (no */config.pbtxt)")
    for name in names:
        if not list((repository / name).glob("*/model.onnx")):
            raise StartupError(f"the model {name} in {repository} has no <version>/model.onnx: export it first")
    return names
