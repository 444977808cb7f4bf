"""A steady load of recognition calls and writes, and what went wrong with each call."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import grpc

from benchmarks.photos import reference
from tillsight.client.client import Client
from tillsight.v1.recognition_pb2 import RecognizeResponse

WRITE_EVERY_S = 2.0
FIRST_WRITTEN = 10_000_000
"""The number of the first product that the load writes, above those of the gallery."""
THREADS = 32
SURE_COSINE = 0.9
"""A product's own photo has at least this cosine."""
UNLIKE_COSINE = 0.4
"""Of two embedders with opposite vectors, one finds the least similar products of the other's gallery. A lower cosine
shows such a mixture. The limit is coarse: if the index misses a product, the nearest one may be no more similar. The
same answer long after the swap then shows that it is a miss."""


@dataclass(frozen=True)
class Call:
    """When a call started and ended (seconds of time.perf_counter), and what went wrong with it.

    `mixed`: the answer mixes two embedders. `missed`: the answer is of one embedder, but lacks the expected product.
    """

    started: float
    ended: float
    failed: bool = False
    mixed: bool = False
    missed: bool = False


@dataclass
class Load:
    """Recognises photos at a steady rate, however long the answers take, and writes a product every WRITE_EVERY_S."""

    address: str
    calls_per_s: float
    calls: list[Call] = field(default_factory=list)
    writes: list[Call] = field(default_factory=list)
    written: set[str] = field(default_factory=set)
    _stop: threading.Event = field(default_factory=threading.Event)

    def run(self, photos: list[tuple[int, bytes]]) -> None:
        """Send photos, each with its product's number, in turn until `stop` is called."""
        with Client(self.address) as client, ThreadPoolExecutor(THREADS) as threads:
            next_write = due = time.perf_counter()
            number = 0
            while not self._stop.wait(max(due - time.perf_counter(), 0)):
                threads.submit(self._recognise, client, *photos[number % len(photos)])
                number += 1
                due += 1 / self.calls_per_s
                if due > next_write:
                    threads.submit(self._write, client, number)
                    next_write += WRITE_EVERY_S

    def stop(self) -> None:
        self._stop.set()

    def _recognise(self, client: Client, number: int, photo: bytes) -> None:
        started = time.perf_counter()
        try:
            answer = client.recognize(photo)
        except grpc.RpcError:
            self.calls.append(Call(started, time.perf_counter(), failed=True))
            return
        ended = time.perf_counter()
        fingerprints = answer.versions.embedder.split(":")[2], answer.versions.gallery.split("_")[1]
        mixed = len(set(fingerprints)) > 1 or _has_unlike_products(answer)
        self.calls.append(Call(started, ended, mixed=mixed, missed=not mixed and not is_right(answer, number)))

    def _write(self, client: Client, number: int) -> None:
        started = time.perf_counter()
        try:
            client.enrol([reference(FIRST_WRITTEN + number)])
            self.written.add(f"p{FIRST_WRITTEN + number}")
            failed = False
        except grpc.RpcError:
            failed = True
        self.writes.append(Call(started, time.perf_counter(), failed))


def _has_unlike_products(answer: RecognizeResponse) -> bool:
    """Whether the answer's cosines are those of a crop of one embedder in the gallery of the other."""
    nearest = [best.score for found in answer.objects for best in found.candidates[:1]]
    return bool(nearest) and max(nearest) < UNLIKE_COSINE


def is_right(answer: RecognizeResponse, number: int) -> bool:
    """Whether the answer to a product's own photo names that product."""
    return any(
        best.product_id == f"p{number}" and best.score > SURE_COSINE
        for found in answer.objects
        for best in found.candidates[:1]
    )
