"""Rebuild and swap under a steady load: calls that fail or are answered by half, and how long calls take meanwhile."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import numpy as np

from benchmarks import servers
from benchmarks.importing import draw
from benchmarks.photos import pack, reference, rows
from benchmarks.servers import ServiceProcess
from embedding.opposite import write_opposite
from tillsight.adapters.photo_store import FolderPhotoStore
from tillsight.client.client import Client
from tillsight.domain.identifiers import compute_photo_id
from tillsight.domain.products import Reference
from tillsight.v1.catalogue_pb2 import (
    EnrolProductsRequest,
    GalleryHeader,
    LoadGalleryRequest,
    RebuildPhase,
    RebuildRequest,
)
from tillsight.v1.recognition_pb2 import RecognizeResponse

ASKED_FOR, DRAWN = 32, 48
"""Products of the synthetic store that the load recognises, of those that are drawn (one or another is not found again
in its own photo). They alone are truly embedded in the first gallery."""
OBJECT = ((50.0, 50.0), (190.0, 50.0), (190.0, 190.0), (50.0, 190.0))
"""Where a pack is in its photo."""
AROUND_S = 30.0
WRITE_EVERY_S = 2.0
SWAP_MARGIN_S = 0.5
SURE = 0.9
UNLIKE = 0.4
"""What is nearest by one embedder is farthest by the other, so hardly like it. A coarse limit: a product that the index
misses may leave nothing nearer either; the same answer again, long after the swap, is then a miss."""
LOADED_AT_ONCE = 1000


@dataclass(frozen=True)
class Answered:
    """A call: when it began and ended, and what was wrong with it.

    `mixed`: answered half by one embedder, half by another. `missed`: by one alone, but without the product asked for.
    """

    begun: float
    ended: float
    failed: bool = False
    mixed: bool = False
    missed: bool = False


@dataclass
class Load:
    """Photos recognised at a steady rate, however long the answers take, and now and then a product written."""

    address: str
    calls_per_s: float
    calls: list[Answered] = field(default_factory=list)
    writes: list[Answered] = field(default_factory=list)
    written: set[str] = field(default_factory=set)
    _stop: threading.Event = field(default_factory=threading.Event)

    def run(self, asked: list[tuple[int, bytes]]) -> None:
        """Until `stop`."""
        with Client(self.address) as client, ThreadPoolExecutor(32) as threads:
            next_write = due = time.perf_counter()
            number = 0
            while not self._stop.wait(max(due - time.perf_counter(), 0)):
                threads.submit(self._recognise, client, *asked[number % len(asked)])
                number += 1
                due += 1 / self.calls_per_s
                if due > next_write:
                    threads.submit(self._write, client, number)
                    next_write += WRITE_EVERY_S

    def stop(self) -> None:
        self._stop.set()

    def _recognise(self, client: Client, number: int, photo: bytes) -> None:
        begun = time.perf_counter()
        try:
            answer = client.recognize(photo)
        except grpc.RpcError:
            self.calls.append(Answered(begun, time.perf_counter(), failed=True))
            return
        ended = time.perf_counter()
        fingerprints = answer.versions.embedder.split(":")[2], answer.versions.gallery.split("_")[1]
        mixed = len(set(fingerprints)) > 1 or opposed(answer)
        self.calls.append(Answered(begun, ended, mixed=mixed, missed=not mixed and not right(answer, number)))

    def _write(self, client: Client, number: int) -> None:
        begun = time.perf_counter()
        try:
            client.enrol([reference(10_000_000 + number)])
            self.written.add(f"p{10_000_000 + number}")
            failed = False
        except grpc.RpcError:
            failed = True
        self.writes.append(Answered(begun, time.perf_counter(), failed))


def opposed(answer: RecognizeResponse) -> bool:
    """Whether an answer's similarities are those of half from each embedder."""
    nearest = [best.score for found in answer.objects for best in found.candidates[:1]]
    return bool(nearest) and max(nearest) < UNLIKE


def right(answer: RecognizeResponse, number: int) -> bool:
    """Whether a photo's answer names its product."""
    return any(
        best.product_id == f"p{number}" and best.score > SURE
        for found in answer.objects
        for best in found.candidates[:1]
    )


def two_embedders(folder: Path) -> Path:
    """A model repository with the project's models and `opposite`."""
    models = folder / "models"
    models.mkdir()
    for model in servers.MODELS.iterdir():
        (models / model.name).symlink_to(model)
    write_opposite(servers.MODELS / "vgg", models / "opposite")
    return models


def measure(
    folder: Path, kind: str, triton: str, labels: int, calls_per_s: float, share: float, step: Callable[[], None]
) -> dict[str, Any]:
    """Rebuild a gallery of so many products, one row each, by another embedder while photos are recognised."""
    milvus = servers.milvus(kind, folder)
    with milvus:
        service = ServiceProcess(triton, milvus.uri, folder / "service")
        service.environment |= {"TILLSIGHT_ROTATIONS": "1", "TILLSIGHT_REBUILD_SHARE": str(share)}
        with service, Client(service.address) as client:
            drawn = [draw(folder, number, "on a plain ground").read_bytes() for number in range(DRAWN)]
            fill(client, drawn, folder / "service" / "references", labels)
            asked = [(n, photo) for n, photo in enumerate(drawn) if right(client.recognize(photo), n)][:ASKED_FOR]
            load = Load(service.address, calls_per_s)
            running = threading.Thread(target=load.run, args=(asked,))
            running.start()
            try:
                time.sleep(AROUND_S)
                entered: dict[int, float] = {}
                done = 0
                for last in client.rebuild(RebuildRequest(embedder="opposite")):
                    entered.setdefault(last.phase, time.perf_counter())
                    for _ in range(last.embedded - done):
                        step()
                    done = max(last.embedded, done)
                time.sleep(AROUND_S)
            finally:
                load.stop()
                running.join()
            missing = {f"p{number}" for number in range(labels)} | load.written
            missing -= {product.product_id for product in client.products()}
    return figures(load, entered) | {
        "labels": labels,
        "references_that_found_themselves": f"{last.found} of {last.tried}",
        "products_lost": len(missing),
    }


def figures(load: Load, entered: dict[int, float]) -> dict[str, Any]:
    """The figures of a load, given when each phase was entered."""
    build = entered[RebuildPhase.REBUILD_PHASE_BUILD]
    index = entered[RebuildPhase.REBUILD_PHASE_INDEX]
    switch, done = entered[RebuildPhase.REBUILD_PHASE_SWITCH], entered[RebuildPhase.REBUILD_PHASE_DONE]
    before = [call for call in load.calls if call.ended < build]
    building = [call for call in load.calls if build <= call.begun < index]
    checking = [call for call in load.calls if index <= call.begun < switch - SWAP_MARGIN_S]
    swapping = [
        call for call in load.calls if call.ended > switch - SWAP_MARGIN_S and call.begun < done + SWAP_MARGIN_S
    ]
    after = [call for call in load.calls if call.begun > done + SWAP_MARGIN_S]
    return {
        "calls": len(load.calls),
        "calls_failed": sum(call.failed for call in load.calls),
        "calls_mixed": sum(call.mixed for call in load.calls),
        "calls_missed": sum(call.missed for call in load.calls),
        "calls_missed_in": {
            name: sum(call.missed for call in calls)
            for name, calls in (
                ("before", before),
                ("build", building),
                ("index and verify", checking),
                ("swap", swapping),
                ("after", after),
            )
        },
        "calls_during_swap": len(swapping),
        "writes": len(load.writes),
        "writes_failed": sum(write.failed for write in load.writes),
        "slowest_write_ms": max(1000 * (write.ended - write.begun) for write in load.writes),
        "build_s": index - build,
        "swap_s": done - switch,
        "p50_before_ms": percentile(before, 50),
        "p95_before_ms": percentile(before, 95),
        "p95_build_ms": percentile(building, 95),
        "p95_index_and_verify_ms": percentile(checking, 95),
        "p95_swap_ms": percentile(swapping, 95),
        "p95_after_ms": percentile(after, 95),
        "p95_swap_to_before": percentile(swapping, 95) / percentile(before, 95),
    }


def percentile(calls: Iterable[Answered], percent: float) -> float:
    """Of the milliseconds that calls took; NaN of none."""
    taken = [1000 * (call.ended - call.begun) for call in calls]
    return float(np.percentile(taken, percent)) if taken else float("nan")


def fill(client: Client, asked: Sequence[bytes], references: Path, labels: int) -> None:
    """Make a gallery of so many products and keep their photos; all but those asked for get vectors by chance."""
    client.enrol(
        [EnrolProductsRequest(product_id=f"p{n}", name=f"Pack {n}", photo=photo) for n, photo in enumerate(asked)]
    )
    described = client.describe()
    kept = FolderPhotoStore(references)

    async def keep(numbers: Iterable[int]) -> list[str]:
        photos = [Reference(f"p{one}", f"Pack {one}", pack(one), outline=OBJECT) for one in numbers]
        await asyncio.gather(*(kept.keep(compute_photo_id(photo), photo) for photo in photos))
        return [compute_photo_id(photo) for photo in photos]

    def requests() -> Iterable[LoadGalleryRequest]:
        header = GalleryHeader(embedder_fingerprint=described.embedder_fingerprint, dimension=described.dimension)
        yield LoadGalleryRequest(header=header)
        for start in range(DRAWN, labels, LOADED_AT_ONCE):
            numbers = range(start, min(start + LOADED_AT_ONCE, labels))
            made = rows(asyncio.run(keep(numbers)), "", described.dimension, seed=start)
            for number, row in zip(numbers, made, strict=True):
                row.product_id, row.name = f"p{number}", f"Pack {number}"
            yield LoadGalleryRequest(rows=made)

    client.load(requests())
