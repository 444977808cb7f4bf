"""The tritonserver of the `nvidia-pytriton` wheel, and the backend folder that it needs."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import platform
import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path

from tillsight.domain.errors import StartupError

ONNXRUNTIME_BACKEND = Path(__file__).parent / "backends" / "onnxruntime" / "model.py"


def _python_version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def check_platform() -> None:
    """Raises StartupError if the wheel's tritonserver cannot run on this machine."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise StartupError(
            f"the local Triton runs on Linux x86_64, not on {platform.system()} {platform.machine()}: "
            "start Triton with docker compose and pass its address with --triton HOST:PORT"
        )


def wheel_folder() -> Path:
    """The wheel's tritonserver folder, with bin/, backends/ and python_backend_stubs/.

    Raises StartupError if the wheel is not installed.
    """
    found = importlib.util.find_spec("pytriton")
    if found is None or not found.submodule_search_locations:
        raise StartupError(
            'the package nvidia-pytriton, which contains tritonserver, is not installed: pip install "tillsight[local]"'
        )
    return Path(found.submodule_search_locations[0]) / "tritonserver"


def libpython_folder() -> Path:
    """The folder of libpython3.X.so.1.0, which the stub is linked with. Raises StartupError if it is missing."""
    library = f"libpython{_python_version()}.so.1.0"
    folders = [sysconfig.get_config_var("LIBDIR"), f"{sys.base_prefix}/lib", sysconfig.get_config_var("LIBPL")]
    multiarch = sysconfig.get_config_var("MULTIARCH") or "x86_64-linux-gnu"
    folders += [f"/usr/lib/{multiarch}", f"/lib/{multiarch}", "/usr/local/lib", "/usr/lib64"]
    for folder in filter(None, folders):
        if (Path(folder) / library).exists():
            return Path(folder)
    raise StartupError(
        f"{library}, which Triton's Python backend needs, is missing: "
        f"install the Debian package libpython{_python_version()} (apt-get install libpython{_python_version()})"
    )


def assemble_backends(cache: Path) -> Path:
    """The backend directory of tritonserver, created under `cache` if it does not exist yet.

    It contains the wheel's Python backend, the stub for this Python version, and Tillsight's `onnxruntime` backend. Its
    name is a digest of the content, so an upgrade creates a new one. It is assembled under another name and renamed, so
    it is always complete. Raises StartupError.
    """
    wheel = wheel_folder()
    stub = wheel / "python_backend_stubs" / _python_version() / "triton_python_backend_stub"
    if not stub.is_file():
        supported = sorted(folder.name for folder in stub.parent.parent.iterdir())
        raise StartupError(
            f"nvidia-pytriton has no Triton stub for Python {_python_version()}: use one of {', '.join(supported)}"
        )
    content = f"{importlib.metadata.version('nvidia-pytriton')}{_python_version()}{wheel}".encode()
    digest = hashlib.sha256(content + ONNXRUNTIME_BACKEND.read_bytes()).hexdigest()[:16]
    target = cache / f"triton-backends-{digest}"
    if target.is_dir():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix="triton-backends-", suffix=".staging", dir=cache))
    shutil.copytree(wheel / "backends" / "python", staging / "python", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(stub, staging / "python" / stub.name)
    (staging / "python" / stub.name).chmod(0o755)
    (staging / "onnxruntime").mkdir()
    shutil.copy2(ONNXRUNTIME_BACKEND, staging / "onnxruntime" / ONNXRUNTIME_BACKEND.name)
    staging.rename(target)
    return target
