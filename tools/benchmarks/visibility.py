"""How soon a search finds an acknowledged write, and whether an acknowledged removal ever reappears."""

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

ROWS_PER_REQUEST = 500
GIVE_UP_S = 10.0


def measure(
    folder: Path, kind: str, triton: str, writes: int, rows: int, most_seconds: float, step: Callable[[], None]
) -> dict[str, Any]:
    """Figures of one kind of Milvus, whose gallery has `rows` rows of other products.

    Enrols `writes` photos, or as many as `most_seconds` allow, one by one. The service that enrolled a photo searches
    for it at once, then another service on the same Milvus does. Every second photo is then removed, and both search
    for it again. At the end all are searched for once more, and again after a SIGKILL of Milvus. Milliseconds are from
    the acknowledgement to the answer that has the product.
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
        same_service, other_service, first, reappeared = [], [], 0, 0
        limit = time.monotonic() + most_seconds
        for number in range(writes):
            if number and time.monotonic() > limit:
                writes = number
                break
            writer.enrol([photos.reference(number)])
            acknowledged = time.perf_counter()
            searches = search_until_found(writer, number)
            same_service.append((time.perf_counter() - acknowledged) * 1000)
            first += searches == 1
            search_until_found(reader, number)
            other_service.append((time.perf_counter() - acknowledged) * 1000)
            if number % 2:
                writer.remove([f"p{number}"])
                reappeared += is_found(writer, number) + is_found(reader, number)
            step()
        removed, kept = range(1, writes, 2), range(0, writes, 2)
        reappeared += sum(is_found(client, number) for number in removed for client in (writer, reader))
        servers.kill_milvus()
        milvus.stop()
        milvus.start()
        for service in (one, other):
            servers.until(service.serving, "the service")
        reappeared += sum(is_found(writer, number) for number in removed)
        lost = sum(not is_found(writer, number) for number in kept)
        return {
            "writes": writes,
            "rows_of_other_products": rows,
            "seen_by_the_next_search": first / writes,
            "visible_p50_ms": float(np.percentile(same_service, 50)),
            "visible_p99_ms": float(np.percentile(same_service, 99)),
            "visible_in_other_service_p50_ms": float(np.percentile(other_service, 50)),
            "visible_in_other_service_p99_ms": float(np.percentile(other_service, 99)),
            "removals": len(removed),
            "reappeared": reappeared,
            "lost_at_sigkill": lost,
        }


def fill(client: Client, rows: int) -> None:
    """Load so many random rows of other products into the gallery."""
    gallery = client.describe()
    header = GalleryHeader(embedder_fingerprint=gallery.embedder_fingerprint, dimension=gallery.dimension)
    keys = [f"other{number}" for number in range(rows)]
    batches = [keys[start : start + ROWS_PER_REQUEST] for start in range(0, rows, ROWS_PER_REQUEST)]
    requests = [LoadGalleryRequest(header=header)]
    requests += [
        LoadGalleryRequest(rows=photos.rows(batch, "Other", gallery.dimension, seed))
        for seed, batch in enumerate(batches)
    ]
    client.load(requests)


def is_found(client: Client, number: int) -> bool:
    """Whether a search for a pack finds its product."""
    near = client.nearest(photos.pack(number), region=photos.WHOLE, max_products=1).products
    return bool(near) and near[0].product_id == f"p{number}"


def search_until_found(client: Client, number: int) -> int:
    """How many searches were needed to find a pack; stops after GIVE_UP_S seconds."""
    limit = time.monotonic() + GIVE_UP_S
    searches = 1
    while not is_found(client, number) and time.monotonic() < limit:
        searches += 1
    return searches
