"""What the `nvidia-pytriton` wheel brings, and the folders its tritonserver needs around it."""

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

DROP_IN = Path(__file__).parent / "backends" / "onnxruntime" / "model.py"


def _python_version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def check_platform() -> None:
    """Raises StartupError where the wheel's tritonserver cannot run."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise StartupError(
            f"the local Triton runs on Linux x86_64, not on {platform.system()} {platform.machine()}: "
            "start one with docker compose and give its address with --triton HOST:PORT"
        )


def wheel_folder() -> Path:
    """The wheel's tritonserver folder, of bin/, backends/ and python_backend_stubs/; raises StartupError."""
    found = importlib.util.find_spec("pytriton")
    if found is None or not found.submodule_search_locations:
        raise StartupError(
            'the package nvidia-pytriton, which carries tritonserver, is not installed: pip install "tillsight[local]"'
        )
    return Path(found.submodule_search_locations[0]) / "tritonserver"


def libpython_folder() -> Path:
    """Where libpython3.X.so.1.0 is, which the stub is linked against; raises StartupError."""
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


def assemble_backends(cache: Path) -> Path:
    """A backend directory under `cache` of the wheel's Python backend, this Python's stub and our drop-in.

    Named by what is in it, so that an upgrade makes a new one; made beside and renamed, so that it is never half.
    Raises StartupError.
    """
    wheel = wheel_folder()
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
