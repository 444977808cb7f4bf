"""How soon an acknowledged write shows, and whether an acknowledged removal ever comes back."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import photos, servers
from benchmarks.servers import ServiceProcess
from tillsight.client.client import Client
from tillsight.v1.catalogue_pb2 import GalleryHeader, LoadGalleryRequest

LOADED_AT_ONCE = 500
GIVE_UP_S = 10.0


def measure(
    folder: Path, kind: str, triton: str, writes: int, rows: int, most_seconds: float, step: Callable[[], None]
) -> dict[str, Any]:
    """Figures of one kind of Milvus, whose gallery holds `rows` rows of others.

    `writes` photos, or as many as `most_seconds` allow, are enrolled one by one, each searched for at once by the
    service that took it, then by another one on the same Milvus; every second is then removed again and searched for.
    At the end all are searched for once more, and again after a SIGKILL of Milvus. Milliseconds are from the
    acknowledgement to the answer that shows the product.
    """
    milvus = servers.milvus(kind, folder)
    with (
        milvus,
        ServiceProcess(triton, milvus.uri, folder / "one") as one,
        ServiceProcess(triton, milvus.uri, folder / "other") as other,
        Client(one.address) as writer,
        Client(other.address) as reader,
    ):
        fill(writer, rows)
        here, there, first, back = [], [], 0, 0
        limit = time.monotonic() + most_seconds
        for number in range(writes):
            if number and time.monotonic() > limit:
                writes = number
                break
            writer.enrol([photos.reference(number)])
            acknowledged = time.perf_counter()
            searches = search_until_found(writer, number)
            here.append((time.perf_counter() - acknowledged) * 1000)
            first += searches == 1
            search_until_found(reader, number)
            there.append((time.perf_counter() - acknowledged) * 1000)
            if number % 2:
                writer.remove([f"p{number}"])
                back += is_found(writer, number) + is_found(reader, number)
            step()
        removed, kept = range(1, writes, 2), range(0, writes, 2)
        back += sum(is_found(client, number) for number in removed for client in (writer, reader))
        servers.kill_milvus()
        milvus.stop()
        milvus.start()
        for service in (one, other):
            servers.until(service.serving, "the service")
        back += sum(is_found(writer, number) for number in removed)
        lost = sum(not is_found(writer, number) for number in kept)
        return {
            "writes": writes,
            "rows_of_others": rows,
            "seen_by_the_next_search": first / writes,
            "visible_p50_ms": float(np.percentile(here, 50)),
            "visible_p99_ms": float(np.percentile(here, 99)),
            "visible_elsewhere_p50_ms": float(np.percentile(there, 50)),
            "visible_elsewhere_p99_ms": float(np.percentile(there, 99)),
            "removals": len(removed),
            "came_back": back,
            "lost_at_sigkill": lost,
        }


def fill(client: Client, rows: int) -> None:
    """Put so many random rows of other products into the gallery."""
    gallery = client.describe()
    header = GalleryHeader(embedder_fingerprint=gallery.embedder_fingerprint, dimension=gallery.dimension)
    keys = [f"other{number}" for number in range(rows)]
    lots = [keys[start : start + LOADED_AT_ONCE] for start in range(0, rows, LOADED_AT_ONCE)]
    requests = [LoadGalleryRequest(header=header)]
    requests += [
        LoadGalleryRequest(rows=photos.rows(lot, "Other", gallery.dimension, seed)) for seed, lot in enumerate(lots)
    ]
    client.load(requests)


def is_found(client: Client, number: int) -> bool:
    """Whether a search for a pack finds its product."""
    near = client.nearest(photos.pack(number), region=photos.WHOLE, max_products=1).products
    return bool(near) and near[0].product_id == f"p{number}"


def search_until_found(client: Client, number: int) -> int:
    """How many searches it took to find a pack; given up after GIVE_UP_S seconds."""
    limit = time.monotonic() + GIVE_UP_S
    searches = 1
    while not is_found(client, number) and time.monotonic() < limit:
        searches += 1
    return searches
