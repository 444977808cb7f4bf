"""Check that every module of the service and of the tools has a test module of its name, in the mirrored folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import typer

from runtime.command import report_faults

ROOT = Path(__file__).resolve().parent.parent
SERVICE, TOOLS = "services/tillsight", "tools"
NOT_CHECKED = (f"{SERVICE}/v1/", f"{SERVICE}/local/backends/")
"""Generated code, and a program that runs inside Triton."""

COMMAND = "only options and output; the work is done in tested packages"
MEASURES = "measures real servers for minutes; its figures are in docs/experiments"

EXCEPTIONS: Mapping[str, str] = {
    f"{SERVICE}/domain/arrays.py": "only names of array types",
    f"{SERVICE}/domain/limits.py": "only numbers; tests of the modules that enforce them use them",
    f"{SERVICE}/domain/products.py": "only frozen values without methods",
    f"{SERVICE}/domain/recognition_results.py": "only frozen values without methods",
    f"{SERVICE}/catalogue/ports.py": "only protocols",
    f"{SERVICE}/gallery/ports.py": "only protocols",
    f"{SERVICE}/gallery/versions.py": "only frozen values without methods",
    f"{SERVICE}/local/milvus_standalone.py": "runs in the environment of Milvus; local/test_milvus.py starts it",
    "tools/ablate_unet.py": COMMAND,
    "tools/benchmark.py": COMMAND,
    "tools/demo.py": "`make demo`; its parts are the service and tools/store",
    "tools/embed_gallery.py": COMMAND,
    "tools/evaluate.py": COMMAND,
    "tools/export_vgg.py": COMMAND,
    "tools/loadtest.py": COMMAND,
    "tools/benchmarks/": MEASURES,
    "tools/demonstration/": "starts the whole service for `make demo`",
    "tools/embedding/graph_builder.py": "test_graph.py runs every graph that it builds",
    "tools/embedding/tuned_network.py": "tests/unit/tools/test_train_vgg.py trains it",
    "tools/embedding/tuning_run.py": "tests/unit/tools/test_train_vgg.py runs it on small data",
    "tools/evaluation/local_models.py": "test_whole_photos.py and test_gallery_embedding.py run it on a small model",
    "tools/evaluation/reliability_plot.py": "test_calibration_run.py draws the plot",
    "tools/evaluation/temporary_service.py": "tests/integration/test_endtoend.py starts the service with it",
    "tools/segmentation/ablation.py": "trains for an hour; each part of it is tested",
    "tools/segmentation/arrays.py": "only names of array types",
    "tools/segmentation/encoder.py": "test_network.py runs it as part of the network",
    "tools/store/arrays.py": "only names of array types",
    "tools/store/artwork/": "draws the print of packs; test_products.py renders and compares whole products",
    "tools/store/catalogue/": "lists of names and kinds, which test_assortment.py and test_flavours.py check",
    "tools/store/gallery/": "test_make_store.py writes and reads whole galleries",
    "tools/store/graphics/": "draws parts of packs; test_products.py renders and compares whole products",
    "tools/store/packs/": "draws packs; test_products.py renders and compares whole products",
    "tools/store/produce/": "draws fruit and vegetables; test_products.py renders and compares whole products",
    "tools/store/scenes/": "test_scene.py composes whole scenes with them",
}
"""Modules that need no test module of their own, and why; a path that ends with a slash means all modules below it."""


def checked_modules(root: Path) -> list[str]:
    """The modules that need a test module, as paths from `root`, sorted."""
    paths = [path.relative_to(root).as_posix() for top in (SERVICE, TOOLS) for path in (root / top).rglob("*.py")]
    return sorted(path for path in paths if not path.startswith(NOT_CHECKED) and not path.endswith("/__init__.py"))


def expected_test_modules(module: str) -> list[str]:
    """Where the test module of a module may be, as paths from the root, the usual place first."""
    path = PurePosixPath(module)
    name = f"test_{path.name}"
    if path.is_relative_to(TOOLS):
        package = _inside(path, TOOLS)
        # Subpackages may be tested in the folder of their package.
        folders = dict.fromkeys((package, f"{package.partition('/')[0]}/" if package else ""))
        return [f"tests/unit/tools/{folder}{name}" for folder in folders]
    package = _inside(path, SERVICE)
    # The package `rpc` is tested on a real channel by tests/rpc itself; `client` and `cli` by its folders.
    on_channel = {"rpc/": "", "client/": "client/", "cli/": "cli/"}
    rpc = [f"tests/rpc/{on_channel[package]}{name}"] if package in on_channel else []
    return [f"tests/unit/{package}{name}", *rpc, f"tests/integration/{package}{name}"]


def find_faults(root: Path, exceptions: Mapping[str, str] = EXCEPTIONS) -> list[str]:
    """One line for each module without a test module, and for each exception that is not needed."""
    modules = checked_modules(root)
    untested = [
        module for module in modules if not any(_has_tests(root / path) for path in expected_test_modules(module))
    ]
    missing = [
        f"{module} has no test module: add {' or '.join(expected_test_modules(module))}"
        for module in untested
        if not any(_covers(exception, module) for exception in exceptions)
    ]
    unneeded = [
        f"{exception} is an exception, but no such module lacks a test module: remove it from EXCEPTIONS"
        for exception in exceptions
        if not any(_covers(exception, module) for module in untested)
    ]
    return missing + unneeded


def _covers(exception: str, module: str) -> bool:
    return module.startswith(exception) if exception.endswith("/") else module == exception


def _inside(path: PurePosixPath, top: str) -> str:
    """The folder of a module below `top`, with a slash at the end; empty for `top` itself."""
    folder = path.parent.relative_to(top).as_posix()
    return "" if folder == "." else f"{folder}/"


def _has_tests(path: Path) -> bool:
    return (
        path.is_file() and re.search(r"^(async )?def test_", path.read_text(encoding="utf-8"), re.MULTILINE) is not None
    )


def main() -> None:
    """Print what is missing, one line each; the exit code is 1 if anything is."""
    report_faults(find_faults(ROOT))


if __name__ == "__main__":
    typer.run(main)
