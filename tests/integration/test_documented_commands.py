"""Every command of the README and of the guides runs, with its documented options, on small data and few steps."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest

from support.documentation_workspace import make_workspace
from support.documented_commands import PAGES, DocumentedCommand, documented_commands
from support.paths import ROOT
from tillsight.client.client import Client
from tillsight.config import Settings
from tillsight.service import in_background
from tillsight.v1.catalogue_pb2 import EnrolProductsRequest, RebuildRequest

SMALLER_VALUES = {"--labels": "48", "--scenes": "4", "--steps": "2", "--store": "0"}
"""Values that take the place of the documented ones."""
ADDED_OPTIONS = {
    "tools/make_store.py": ("--size", "224"),
    "tools/train_unet.py": ("--steps", "3"),
    "tools/ablate_unet.py": ("--only", "no composed scenes"),
    "tools/train_vgg.py": ("--steps", "1"),
    "tools/benchmark.py visibility": ("--milvus", "lite", "--writes", "4", "--rows", "8", "--most-seconds", "20"),
    "tools/benchmark.py search": ("--milvus", "lite", "--photos", "2"),
    "tools/loadtest.py": (
        "--concurrency-range",
        "1:1",
        "--measurement-interval",
        "1000",
        "--stability-percentage",
        "100",
    ),
}
"""Options that keep a command short; documented options stay."""
TIMEOUT_S = 240


def runnable_commands() -> list[DocumentedCommand]:
    """The commands to run: of several forms of a tool, not those whose options another form has too."""
    every = {c.words: c for page in PAGES for c in documented_commands(page) if not c.not_run}
    chosen: list[DocumentedCommand] = []
    for command in every.values():
        tool, options = tool_and_options(command)
        larger = [
            other
            for other in every.values()
            if command.words[0] == "python"
            and tool_and_options(other)[0] == tool
            and options < tool_and_options(other)[1]
        ]
        if not larger:
            chosen.append(command)
    return chosen


def tool_and_options(command: DocumentedCommand) -> tuple[tuple[str, ...], set[str]]:
    """A tool with its subcommand, and the names of the options."""
    names = {word for word in command.words if word.startswith("--")}
    return tuple(takewhile(lambda word: not word.startswith("-"), command.words)), names


def small_form(words: tuple[str, ...]) -> tuple[list[str], str]:
    """The words to run, and the file that takes stdout (empty: none)."""
    output = ""
    if ">" in words:
        words, output = words[: words.index(">")], words[-1]
    small = [SMALLER_VALUES.get(previous, word) for previous, word in zip(("", *words[:-1]), words, strict=True)]
    for command, options in ADDED_OPTIONS.items():
        if " ".join(words[1:]).startswith(command):
            for name, value in zip(options[::2], options[1::2], strict=True):
                if name in small:
                    small[small.index(name) + 1] = value
                else:
                    small += [name, value]
    if small[0] == "python":
        return [sys.executable, str(ROOT / small[1]), *small[2:]], output
    return [sys.executable, "-m", "tillsight.cli.main", *small[1:]], output


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documented")
    make_workspace(folder)
    return folder


@pytest.fixture(scope="module")
def address(triton: str, milvus_lite: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service with a gallery of its own."""
    folder = tmp_path_factory.mktemp("documented-service")
    settings = Settings(port=0, triton=triton, milvus=milvus_lite, gallery="documented", data_dir=folder)
    with in_background(settings) as served:
        yield served


@pytest.fixture(scope="module")
def vectors(workspace: Path) -> Path:
    """The vectors of the store, as `embed_gallery.py` writes them."""
    gallery, out = workspace / "store/gallery.csv", workspace / "vectors.parquet"
    command = [sys.executable, ROOT / "tools/embed_gallery.py", "--gallery", gallery, "--out", out]
    subprocess.run(command, check=True, capture_output=True, timeout=TIMEOUT_S)
    shutil.copy(out, workspace / "gallery.parquet")
    return out


@pytest.mark.parametrize("command", runnable_commands(), ids=str)
def test_a_documented_command_runs(
    command: DocumentedCommand, workspace: Path, vectors: Path, address: str, tmp_path: Path
) -> None:
    shutil.copytree(workspace, tmp_path, dirs_exist_ok=True)
    words, output = small_form(command.words)
    if "--out" in words:  # the result of another documented command, which this one makes
        target = tmp_path / words[words.index("--out") + 1]
        shutil.rmtree(target) if target.is_dir() else target.unlink(missing_ok=True)
    if command.words[0] == "tillsight":
        prepare_gallery(address, workspace, command.words)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TILLSIGHT_")},
        "TILLSIGHT_PORT": address.rpartition(":")[2],
        "PYTHONPATH": f"{ROOT / 'services'}:{ROOT / 'tools'}",
    }
    done = subprocess.run(
        words, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    if output:
        (tmp_path / output).write_text(done.stdout)


def prepare_gallery(address: str, workspace: Path, words: tuple[str, ...]) -> None:
    """A gallery of just the products that the guides name; for a rollback also a kept version."""
    photos = [path.read_bytes() for path in sorted((workspace / "store/gallery").glob("*.jpg"))]
    products = (
        ("4001", "Alpenkorn Oats Honey 500 g", ""),
        ("4002", "Honey 250 g", ""),
        ("4002", "Honey 250 g", "store-12"),
    )
    with Client(address) as client:
        for store in ("", "store-12"):
            client.remove([product.product_id for product in client.products(store) if product.store == store], store)
        answer = client.enrol(
            [
                EnrolProductsRequest(product_id=key, name=name, store=store, photo=photo)
                for (key, name, store), photo in zip(products, photos, strict=False)
            ]
        )
        assert answer.enrolled == len(products)
        if "rollback" in words and len(client.versions()) < 2:
            for _ in client.rebuild(RebuildRequest(rotations=2)):
                pass


def test_a_command_that_no_test_runs_says_why() -> None:
    left_out = [command for page in PAGES for command in documented_commands(page) if command.not_run]
    assert left_out
    assert all(len(command.not_run.split()) > 3 for command in left_out)


def test_only_commands_of_the_project_are_run() -> None:
    assert {command.words[0] for command in runnable_commands()} == {"python", "tillsight"}
