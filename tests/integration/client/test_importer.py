"""Imports on real servers that are killed midway and continued."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks import photos, servers
from benchmarks.servers import ServiceProcess
from tillsight.client.client import Client

PACKS = 56


@pytest.fixture
def service(triton: str, milvus_uri: str, tmp_path: Path) -> Iterator[ServiceProcess]:
    """The service in a separate process, with an empty gallery."""
    with ServiceProcess(triton, milvus_uri, tmp_path / "service", gallery="importing") as started:
        yield started


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """Valid rows and three invalid ones, in lines 5, 10 and 15."""
    rows = []
    for number in range(PACKS):
        (tmp_path / f"{number}.png").write_bytes(photos.pack(number))
        rows.append((f"p{number}", f"Pack {number}", f"{number}.png"))
    (tmp_path / "cut.png").write_bytes(photos.pack(0)[:200])
    rows.insert(3, ("p-missing", "Missing", "missing.png"))
    rows.insert(8, ("p-cut", "Cut", "cut.png"))
    rows.insert(13, ("p1", "Another name", "5.png"))
    path = tmp_path / "MANIFEST.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("product_id", "name", "image"), *rows])
    return path


def begin(service: ServiceProcess, manifest: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tillsight.cli.main", "catalogue", "import", str(manifest), "--json"]
    return subprocess.Popen(
        [*command, "--server", service.address],
        env=service.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(service: ServiceProcess, manifest: Path) -> tuple[int, Any]:
    process = begin(service, manifest)
    stdout, stderr = process.communicate(timeout=120)
    assert stdout, stderr
    return process.returncode, json.loads(stdout)


def test_an_import_killed_with_its_service_is_continued_without_duplicates(
    service: ServiceProcess, manifest: Path
) -> None:
    with Client(service.address) as client:
        first = begin(service, manifest)
        servers.until(lambda: client.describe().rows > 0, "the first group")
        service.kill()
        first.send_signal(signal.SIGKILL)
        first.communicate()
        service.start()
        servers.until(lambda: client.describe().rows % 8 == 0, "the gallery")
        enrolled = client.describe().references
        code, resumed = run(service, manifest)
        assert code == 1 and [one["line"] for one in resumed["refused"]] == [5, 10, 15]
        for one, reason in zip(resumed["refused"], ("No such file", "damaged", "'Pack 1' in line"), strict=True):
            assert reason in one["reason"]
        assert (resumed["unchanged"], resumed["enrolled"]) == (enrolled, PACKS - enrolled)
        assert enrolled > 0
        gallery = client.describe()
        assert (gallery.products, gallery.references, gallery.rows) == (PACKS, PACKS, 8 * PACKS)
        code, again = run(service, manifest)
        assert code == 1 and (again["unchanged"], again["enrolled"]) == (PACKS, 0)
        assert client.describe() == gallery
        near = client.nearest(photos.pack(PACKS - 1), max_products=1).products
        assert near[0].product_id == f"p{PACKS - 1}" and near[0].score > 0.99
