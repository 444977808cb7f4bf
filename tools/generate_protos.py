"""Generate services/tillsight/v1 from protos/. With --check, only compare the existing files with new ones."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import typer
from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
GENERATED = Path("tillsight/v1")
INIT = '"""Generated from protos/tillsight/v1 by tools/generate_protos.py. Do not edit."""\n'


def generate(services: Path) -> None:
    """Write the generated package under `services`."""
    import grpc_tools

    well_known = Path(grpc_tools.__file__).parent / "_proto"
    (services / GENERATED).mkdir(parents=True, exist_ok=True)
    outputs = [f"--{kind}={services}" for kind in ("python_out", "pyi_out", "grpc_python_out")]
    sources = [str(path.relative_to(PROTOS)) for path in sorted(PROTOS.rglob("*.proto"))]
    if protoc.main(["protoc", f"-I{PROTOS}", f"-I{well_known}", *outputs, *sources]) != 0:
        raise typer.Exit(1)
    (services / GENERATED / "__init__.py").write_text(INIT)


def main(check: bool = False) -> None:
    """Generate the Python code of the protos, or check that it is up to date."""
    if not check:
        generate(ROOT / "services")
        return
    with tempfile.TemporaryDirectory() as scratch:
        generate(Path(scratch))
        fresh = {path.name: path.read_bytes() for path in (Path(scratch) / GENERATED).iterdir()}
    folder = ROOT / "services" / GENERATED
    present = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    stale = sorted(name for name in fresh.keys() | present.keys() if fresh.get(name) != present.get(name))
    if stale:
        typer.echo(f"out of date in {folder.relative_to(ROOT)}: {', '.join(stale)}; run `make protos`", err=True)
        sys.exit(1)


if __name__ == "__main__":
    typer.run(main)
