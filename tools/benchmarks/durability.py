"""Whether anything acknowledged is lost, or anything is there twice, when servers are killed while rows are written."""

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

ROWS_A_CALL = 50
WRITERS = 4
PAUSE_S = 0.5
GIVE_UP_S = 120.0
IMPORT_DEADLINE_S = 280.0


class Upserts:
    """Rows on their way into the gallery through the service, in calls that are repeated until acknowledged."""

    def __init__(self, address: str, keys: list[str], name: str, header: GalleryHeader) -> None:
        self._address = address
        self._lots = [keys[start : start + ROWS_A_CALL] for start in range(0, len(keys), ROWS_A_CALL)]
        self._name = name
        self._header = header
        self._acknowledged = threading.Semaphore(0)
        self.repeated = 0

    def run(self, interrupts: Sequence[Callable[[], None]]) -> None:
        """Write all rows, with interrupts when a third and two thirds (and so on) of the calls are acknowledged."""
        with ThreadPoolExecutor(WRITERS) as writers:
            written = [writers.submit(self._write, number) for number in range(len(self._lots))]
            for interrupt in interrupts:
                for _ in range(len(self._lots) // (len(interrupts) + 1)):
                    self._acknowledged.acquire(timeout=GIVE_UP_S)
                interrupt()
            for one in written:
                one.result()

    def _write(self, number: int) -> None:
        rows = photos.rows(self._lots[number], self._name, self._header.dimension, number)
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
    """`rounds` times so many upserts, half of them of rows that are there already.

    No round is begun after `most_seconds`. When a third is acknowledged the service gets SIGKILL and is started again
    on its data, when two thirds are, Milvus. After every round all rows are read from
    Milvus: each must be there once, by the name that was acknowledged last.
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
            found, rows = read(milvus.uri, gallery.gallery)
            lost += sum(f"{key}-000" not in found for key in expected)
            wrong += sum(found.get(f"{key}-000", name) != name for key, name in expected.items())
            duplicates += rows - len(found)
            repeated += writing.repeated
            step()
    return {
        "rounds": rounds,
        "upserts_a_round": upserts,
        "rows": len(expected),
        "calls_repeated": repeated,
        "lost": lost,
        "of_an_older_write": wrong,
        "duplicates": duplicates,
    }


def measure_import(folder: Path, kind: str, triton: str, count: int, step: Callable[[], None]) -> dict[str, Any]:
    """`tillsight catalogue import` of so many photos, while the service and then Milvus get SIGKILL; run once more."""
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
                servers.until(lambda share=share: read(milvus.uri, gallery)[1] * share >= 8 * count, "the import")
                kill()
                step()
            first = json.loads(importing.communicate(timeout=IMPORT_DEADLINE_S)[0])
        finally:
            importing.kill()
            importing.wait()
        found, rows = read(milvus.uri, gallery)
        again = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=IMPORT_DEADLINE_S, check=False
        )
        step()
        kept = len(list((folder / "service" / "references").rglob("*.photo")))
        return {
            "photos": count,
            "enrolled_or_there": first["enrolled"] + first["unchanged"],
            "lost": 8 * count - len(found),
            "duplicates": rows - len(found),
            "photos_not_kept": count - kept,
            "unchanged_the_second_time": json.loads(again.stdout)["unchanged"],
        }


def restart_milvus(milvus: LocalMilvus, service: ServiceProcess) -> None:
    """SIGKILL Milvus and start it again on its data; returns when the service says SERVING again."""
    servers.kill_milvus()
    milvus.stop()
    milvus.start()
    servers.until(service.serving, "the service")


def restart_service(service: ServiceProcess) -> None:
    """SIGKILL the service and start it again."""
    service.kill()
    service.start()


def read(uri: str, collection: str) -> tuple[dict[str, str], int]:
    """Every row's name by its primary key, and the number of rows, which counts a key that is there twice twice."""
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
