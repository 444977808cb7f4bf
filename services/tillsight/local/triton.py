"""The real tritonserver of the ``nvidia-pytriton`` wheel, with our ``onnxruntime`` backend dropped in."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

import grpc
from tritonclient.grpc import service_pb2, service_pb2_grpc

from tillsight.errors import StartupError
from tillsight.local.folder_lock import FolderLock
from tillsight.local.ports import LOOPBACK, check_free, free_ports
from tillsight.local.process import GuardedProcess

DROP_IN = Path(__file__).parent / "backends" / "onnxruntime" / "model.py"
PROBE_TIMEOUT_S = 1.0
GRACE_S = 10.0
# Attempts with ports the system chose: another program may take one between the choice and tritonserver's bind.
PORT_ATTEMPTS = 3
# What tritonserver, or the loader of a model process, prints when it cannot start; the most telling first.
FAILURE_SIGNS = ("failed to load", "error while loading shared libraries", "failed to start", "error: ")
# "E1122 11:30:01.123456 4711 model_lifecycle.cc:642] " before a message, a quote after it.
LOG_PREFIX = re.compile(r'^[EWI]\d{4} \S+ \d+ \S+\] "?')


class LocalTriton:
    """A tritonserver on loopback that serves every model of `model_repository`, as a context manager.

    Keeps its log, the assembled backends and compiled models under `data_dir`; one server a folder. `grpc_port`
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
        self._process: GuardedProcess | None = None
        self._abandoned = threading.Event()
        self.address = ""  # HOST:PORT of the gRPC endpoint
        self.metrics_url = ""

    @property
    def log(self) -> Path:
        """What tritonserver printed."""
        return self._data_dir / "triton.log"

    def start(self) -> None:
        """Returns once the server and all its models are ready; raises StartupError, with nothing left running."""
        _check_platform()
        names = _model_names(self._repository)
        for port, purpose in zip(self._asked_ports, ("Triton's gRPC", "Triton's metrics"), strict=True):
            if port is not None:
                check_free(port, purpose)
        self._lock = FolderLock(self._data_dir)
        try:
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
        self._process = GuardedProcess(
            [
                str(_wheel_folder() / "bin" / "tritonserver"),
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
        compiled = self._data_dir / "cache" / "openvino"
        compiled.mkdir(parents=True, exist_ok=True)
        libraries = _wheel_folder().parents[1] / "nvidia_pytriton.libs"
        inherited = os.environ.get("LD_LIBRARY_PATH", "")
        return {
            **{key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "PYTHONHOME"}},
            # The stub embeds libpython, which finds its packages from the first python3 on PATH.
            "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}",
            # The stub wants libpython, and the wheel's own libraries, whose relative path the copy has lost.
            "LD_LIBRARY_PATH": ":".join(filter(None, [str(_libpython_folder()), str(libraries), inherited])),
            "TILLSIGHT_OPENVINO_CACHE": str(compiled),
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

    def _explained(self, error: StartupError, process: GuardedProcess) -> StartupError:
        """The error with the log line that says why, where tritonserver printed one."""
        for sign in FAILURE_SIGNS:
            if line := process.last_line(sign):
                reason = LOG_PREFIX.sub("", line).rstrip('"')
                return StartupError(f"Triton did not start: {reason} (log: {self.log})")
        return error

    def __enter__(self) -> LocalTriton:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def assemble_backends(cache: Path) -> Path:
    """A backend directory under `cache` of the wheel's Python backend, this Python's stub and our drop-in.

    Named by what is in it, so that an upgrade makes a new one; made beside and renamed, so that it is never half.
    """
    wheel = _wheel_folder()
    stub = wheel / "python_backend_stubs" / _python_version() / "triton_python_backend_stub"
    if not stub.is_file():
        offered = sorted(folder.name for folder in stub.parent.parent.iterdir())
        raise StartupError(
            f"nvidia-pytriton has no Triton stub for Python {_python_version()}: use one of {', '.join(offered)}"
        )
    content = f"{importlib.metadata.version('nvidia-pytriton')}{_python_version()}{wheel}".encode()
    digest = hashlib.sha256(content + DROP_IN.read_bytes()).hexdigest()[:16]
    target = cache / f"triton-backends-{digest}"
    if target.is_dir():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix="triton-backends-", suffix=".making", dir=cache))
    shutil.copytree(wheel / "backends" / "python", making / "python", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(stub, making / "python" / stub.name)
    (making / "python" / stub.name).chmod(0o755)
    (making / "onnxruntime").mkdir()
    shutil.copy2(DROP_IN, making / "onnxruntime" / DROP_IN.name)
    making.rename(target)
    return target


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


def _python_version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _check_platform() -> None:
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise StartupError(
            f"the local Triton runs on Linux x86_64, not on {platform.system()} {platform.machine()}: "
            "start one with docker compose and give its address with --triton HOST:PORT"
        )


def _wheel_folder() -> Path:
    found = importlib.util.find_spec("pytriton")
    if found is None or not found.submodule_search_locations:
        raise StartupError(
            'the package nvidia-pytriton, which carries tritonserver, is not installed: pip install "tillsight[local]"'
        )
    return Path(found.submodule_search_locations[0]) / "tritonserver"


def _libpython_folder() -> Path:
    """Where libpython3.X.so.1.0 is, which the stub is linked against."""
    library = f"libpython{_python_version()}.so.1.0"
    places = [sysconfig.get_config_var("LIBDIR"), f"{sys.base_prefix}/lib", sysconfig.get_config_var("LIBPL")]
    multiarch = sysconfig.get_config_var("MULTIARCH") or "x86_64-linux-gnu"
    places += [f"/usr/lib/{multiarch}", f"/lib/{multiarch}", "/usr/local/lib", "/usr/lib64"]
    for place in places:
        if place and (Path(place) / library).exists():
            return Path(place)
    raise StartupError(
        f"{library}, which Triton's Python backend needs, is missing: "
        f"install the Debian package libpython{_python_version()} (apt-get install libpython{_python_version()})"
    )
