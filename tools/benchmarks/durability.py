"""Whether acknowledged rows are lost or duplicated when servers are killed during writes."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from pymilvus import MilvusClient

from benchmarks import photos, servers
from benchmarks.servers import ServiceProcess
from tillsight.client.client import Client
from tillsight.local.milvus import LocalMilvus
from tillsight.v1.catalogue_pb2 import GalleryHeader, LoadGalleryRequest

ROWS_PER_CALL = 50
WRITERS = 4
PAUSE_S = 0.5
GIVE_UP_S = 120.0
IMPORT_DEADLINE_S = 280.0


class Upserts:
    """Rows to write through the service, in calls that are repeated until they are acknowledged."""

    def __init__(self, address: str, keys: list[str], name: str, header: GalleryHeader) -> None:
        self._address = address
        self._batches = [keys[start : start + ROWS_PER_CALL] for start in range(0, len(keys), ROWS_PER_CALL)]
        self._name = name
        self._header = header
        self._acknowledged = threading.Semaphore(0)
        self.repeated = 0

    def run(self, interrupts: Sequence[Callable[[], None]]) -> None:
        """Write all rows. The interrupts run at equal shares of acknowledged calls: two at one third and two thirds."""
        with ThreadPoolExecutor(WRITERS) as writers:
            written = [writers.submit(self._write, number) for number in range(len(self._batches))]
            for interrupt in interrupts:
                for _ in range(len(self._batches) // (len(interrupts) + 1)):
                    self._acknowledged.acquire(timeout=GIVE_UP_S)
                interrupt()
            for one in written:
                one.result()

    def _write(self, number: int) -> None:
        rows = photos.rows(self._batches[number], self._name, self._header.dimension, number)
        limit = time.monotonic() + GIVE_UP_S
        with Client(self._address) as client:
            while True:
                try:
                    client.load([LoadGalleryRequest(header=self._header, rows=rows)], timeout_s=30)
                    break
                except grpc.RpcError:
                    if time.monotonic() > limit:
                        raise
                    self.repeated += 1
                    time.sleep(PAUSE_S)
        self._acknowledged.release()


def measure(
    folder: Path, kind: str, triton: str, rounds: int, upserts: int, most_seconds: float, step: Callable[[], None]
) -> dict[str, Any]:
    """`rounds` rounds of so many upserts each, half of them of existing rows.

    No round starts after `most_seconds`. After a third of a round's calls the service is killed with SIGKILL and
    started again on its data, after two thirds Milvus is. After every round all rows are read from Milvus: each must
    exist once, with the name that was acknowledged last.
    """
    milvus = servers.milvus(kind, folder)
    expected: dict[str, str] = {}
    lost = wrong = duplicates = repeated = 0
    with milvus, ServiceProcess(triton, milvus.uri, folder / "service") as service:
        with Client(service.address) as client:
            gallery = client.describe()
        header = GalleryHeader(embedder_fingerprint=gallery.embedder_fingerprint, dimension=gallery.dimension)
        kills = [lambda: restart_service(service), lambda: restart_milvus(milvus, service)]
        limit = time.monotonic() + most_seconds
        for number in range(rounds):
            if number and time.monotonic() > limit:
                rounds = number
                break
            first = number * upserts // 2
            keys = [f"k{key:08d}" for key in range(first, first + upserts)]
            name = f"round {number}"
            writing = Upserts(service.address, keys, name, header)
            writing.run(kills)
            expected.update(dict.fromkeys(keys, name))
            found, rows = read_rows(milvus.uri, gallery.gallery)
            lost += sum(f"{key}-000" not in found for key in expected)
            wrong += sum(found.get(f"{key}-000", name) != name for key, name in expected.items())
            duplicates += rows - len(found)
            repeated += writing.repeated
            step()
    return {
        "rounds": rounds,
        "upserts_per_round": upserts,
        "rows": len(expected),
        "calls_repeated": repeated,
        "lost": lost,
        "with_older_name": wrong,
        "duplicates": duplicates,
    }


def measure_import(folder: Path, kind: str, triton: str, count: int, step: Callable[[], None]) -> dict[str, Any]:
    """`tillsight catalogue import` of so many photos while the service and then Milvus are killed; then again."""
    milvus = servers.milvus(kind, folder)
    manifest = folder / "MANIFEST.csv"
    with manifest.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(("product_id", "name", "image"))
        for number in range(count):
            (folder / f"{number}.png").write_bytes(photos.pack(number))
            lines.writerow((f"p{number}", f"Pack {number}", f"{number}.png"))
    with milvus, ServiceProcess(triton, milvus.uri, folder / "service") as service, Client(service.address) as client:
        gallery = client.describe().gallery
        command = [sys.executable, "-m", "tillsight.cli.main", "catalogue", "import", str(manifest), "--json"]
        command += ["--server", service.address]
        environment = {**service.environment}
        importing = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            for share, kill in ((3, lambda: restart_service(service)), (2, lambda: restart_milvus(milvus, service))):
                servers.until(lambda share=share: read_rows(milvus.uri, gallery)[1] * share >= 8 * count, "the import")
                kill()
                step()
            first = json.loads(importing.communicate(timeout=IMPORT_DEADLINE_S)[0])
        finally:
            importing.kill()
            importing.wait()
        found, rows = read_rows(milvus.uri, gallery)
        again = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=IMPORT_DEADLINE_S, check=False
        )
        step()
        kept = len(list((folder / "service" / "references").rglob("*.photo")))
        return {
            "photos": count,
            "enrolled_or_unchanged": first["enrolled"] + first["unchanged"],
            "lost": 8 * count - len(found),
            "duplicates": rows - len(found),
            "photos_not_kept": count - kept,
            "unchanged_second_time": json.loads(again.stdout)["unchanged"],
        }


def restart_milvus(milvus: LocalMilvus, service: ServiceProcess) -> None:
    """SIGKILL Milvus and start it again on its data; returns when the service reports SERVING."""
    servers.kill_milvus()
    milvus.stop()
    milvus.start()
    servers.until(service.serving, "the service")


def restart_service(service: ServiceProcess) -> None:
    """SIGKILL the service and start it again."""
    service.kill()
    service.start()


def read_rows(uri: str, collection: str) -> tuple[dict[str, str], int]:
    """Every row's name by its primary key, and the number of rows, which counts a duplicate key twice."""
    client = MilvusClient(uri, timeout=30)
    try:
        (count,) = client.query(
            collection, filter="", output_fields=["count(*)"], consistency_level="Strong", timeout=60
        )
        pages = client.query_iterator(
            collection, batch_size=4000, filter="", output_fields=["name"], consistency_level="Strong", timeout=60
        )
        found: dict[str, str] = {}
        while page := pages.next():
            found.update((row["reference_id"], row["name"]) for row in page)
        pages.close()
    finally:
        client.close()
    return found, int(count["count(*)"])
