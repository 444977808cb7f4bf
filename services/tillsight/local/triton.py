"""The real tritonserver of the ``nvidia-pytriton`` wheel, with Tillsight's ``onnxruntime`` backend."""

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
PORT_ATTEMPTS = 3
"""Attempts with ports that the system chose. Another program may take one before tritonserver binds it."""
# Parts of the lines that tritonserver or the dynamic loader prints when a start fails; the most specific first.
FAILURE_TEXTS = ("' version ", "error while loading shared libraries", "failed to start", "error: ")
# The prefix of a log line, such as "E1122 11:30:01.123456 4711 model_lifecycle.cc:642] ", and an opening quote.
LOG_PREFIX = re.compile(r'^[EWI]\d{4} \S+ \d+ \S+\] "?')


class LocalTriton:
    """A tritonserver on loopback that serves every model of `model_repository`, as a context manager.

    Its log and the assembled backends are in `data_dir`; one server uses the folder at a time. Without `grpc_port` or
    `metrics_port` (Prometheus text over HTTP) the system chooses the port.
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
        self._requested_ports = (grpc_port, metrics_port)
        self._deadline_s = deadline_s
        self._lock: FolderLock | None = None
        self._process: SupervisedProcess | None = None
        self._abandoned = threading.Event()
        self.address = ""  # HOST:PORT of the gRPC endpoint
        self.metrics_url = ""

    @property
    def log(self) -> Path:
        """The file with the output of tritonserver."""
        return self._data_dir / "triton.log"

    def start(self) -> None:
        """Start the server and wait until it and all its models are ready.

        Raises StartupError; no process keeps running then.
        """
        check_platform()
        names = _model_names(self._repository)
        self._lock = FolderLock(self._data_dir)
        try:
            # Checked after the lock: the server of a killed run may use the port until then.
            for port, purpose in zip(self._requested_ports, ("Triton's gRPC", "Triton's metrics"), strict=True):
                if port is not None:
                    check_free(port, purpose)
            backends = assemble_backends(self._data_dir / "cache")
            for attempt in range(PORT_ATTEMPTS):
                try:
                    return self._start_once(names, backends)
                except StartupError:
                    if None not in self._requested_ports or attempt + 1 == PORT_ATTEMPTS or not self._port_was_taken():
                        raise
                    self._end_process()
        except BaseException:
            self.stop()
            raise

    def _start_once(self, names: Sequence[str], backends: Path) -> None:
        chosen = free_ports(len(self._requested_ports))
        grpc_port, metrics_port = (
            requested if requested is not None else free
            for requested, free in zip(self._requested_ports, chosen, strict=True)
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
            inherited_descriptor=None if self._lock is None else self._lock.descriptor,
        )
        with grpc.insecure_channel(self.address) as channel:
            stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
            try:
                self._process.wait_ready("Triton", lambda: _is_ready(stub, names), self._deadline_s, self._abandoned)
            except StartupError as error:
                raise self._with_cause(error, self._process) from error

    def abandon(self) -> None:
        """Make a running `start` fail soon and clean up. Called from another thread."""
        self._abandoned.set()

    def stop(self) -> None:
        """End the server and its model processes. Can be repeated."""
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
            # The stub embeds libpython, which finds its packages by the first python3 on PATH.
            "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}",
            # The stub needs libpython and the wheel's own libraries, which the copy cannot find by its relative path.
            "LD_LIBRARY_PATH": ":".join(filter(None, [str(libpython_folder()), str(libraries), inherited])),
        }

    def _clear_shared_memory(self) -> str:
        """Remove the shared memory that a killed server left, and return the prefix of this folder's regions."""
        prefix = f"tillsight_{hashlib.sha256(str(self._data_dir).encode()).hexdigest()[:12]}_"
        for region in Path("/dev/shm").glob(f"{prefix}*"):  # noqa: S108 (the kernel keeps them there)
            with contextlib.suppress(OSError):
                region.unlink()
        return prefix

    def _port_was_taken(self) -> bool:
        return self._process is not None and bool(self._process.last_line("already in use"))

    def _with_cause(self, error: StartupError, process: SupervisedProcess) -> StartupError:
        """The error with the log line that names the cause, if tritonserver printed one."""
        for text in FAILURE_TEXTS:
            if line := process.last_line(text):
                return StartupError(f"Triton did not start: {_sentence(line)} (log: {self.log})")
        return error

    def __enter__(self) -> LocalTriton:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _sentence(line: str) -> str:
    """The message of a log line, without its prefix, a Python traceback and OpenVINO's source locations."""
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
        raise StartupError(f"the model repository {repository} has no model (no */config.pbtxt): pass another folder")
    for name in names:
        if not list((repository / name).glob("*/model.onnx")):
            raise StartupError(f"the model {name} in {repository} has no <version>/model.onnx: export it first")
    return names
