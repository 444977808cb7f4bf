"""The import of a manifest into the catalogue of a running service. Only photos that the gallery lacks are sent.

An import makes many small calls instead of a single long one. Each answer acknowledges the photos of its call, so the
progress is known, a failed call can be repeated alone, and an import that breaks off continues where it stopped.
Several calls run at the same time, so that the service embeds the photos of one while it finishes another.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial

import grpc
from google.protobuf import json_format

from tillsight.client import manifest_photos
from tillsight.client.client import Client
from tillsight.client.import_preflight import ImportPreflight
from tillsight.client.import_summary import ImportSummary
from tillsight.client.manifest import ManifestRow
from tillsight.client.retry import Retry
from tillsight.domain.errors import InvalidPhoto
from tillsight.domain.limits import MAX_PREFLIGHT_REFERENCES
from tillsight.imaging.decoding import PhotoLimits
from tillsight.v1 import catalogue_pb2

ROWS_PER_PREFLIGHT = min(256, MAX_PREFLIGHT_REFERENCES)
ROWS_PER_CALL = 32
CONCURRENT_CALLS = 3
READER_THREADS = 4


class Importer:
    """Imports the rows of one manifest. `summary` is correct at any time, also after an error.

    `advance` is called with the number of rows whenever rows are finished. A `dry_run` decodes the photos on this
    machine, asks the service what it would do, and writes nothing. `limits` are those of the service.
    """

    def __init__(
        self, client: Client, limits: PhotoLimits, *, dry_run: bool = False, advance: Callable[[int], None]
    ) -> None:
        self.summary = ImportSummary(advance=advance)
        self._client = client
        self._limits = limits
        self._dry_run = dry_run
        self._retry = Retry()
        self._running: dict[grpc.Future, list[ManifestRow]] = {}
        self._finished: queue.SimpleQueue[grpc.Future] = queue.SimpleQueue()

    def run(self, rows: Sequence[ManifestRow]) -> None:
        """Import rows. Raises grpc.RpcError; rows that were acknowledged before are in the gallery."""
        with ThreadPoolExecutor(READER_THREADS, thread_name_prefix="read") as readers:
            preflight = ImportPreflight(
                self._client, self._limits, self.summary, self._retry, readers, dry_run=self._dry_run
            )
            to_send: list[ManifestRow] = []
            for batch in _batches(rows, ROWS_PER_PREFLIGHT):
                to_send += preflight.rows_to_send(batch)
                if self._dry_run:
                    self._decode(to_send, readers)
                    to_send = []
                while len(to_send) >= ROWS_PER_CALL:
                    self._send(to_send[:ROWS_PER_CALL])
                    del to_send[:ROWS_PER_CALL]
        self._send(to_send)
        while self._running:
            self._finish_one_call()
        preflight.count_duplicates()

    def _decode(self, rows: Sequence[ManifestRow], readers: Executor) -> None:
        """Decode the photos of rows and count whether they would be enrolled or refused."""
        faults = readers.map(partial(manifest_photos.photo_fault, limits=self._limits), rows)
        for row, fault in zip(rows, faults, strict=True):
            if fault:
                self.summary.refuse(row, fault)
            else:
                self.summary.add(enrolled=1)

    def _send(self, rows: Sequence[ManifestRow]) -> None:
        """Start a call that enrols rows, as soon as fewer than CONCURRENT_CALLS are running."""
        while len(self._running) >= CONCURRENT_CALLS:
            self._finish_one_call()
        sent, requests = [], []
        for row in rows:
            try:
                photo = manifest_photos.read_photo(row, self._limits)
            except InvalidPhoto as error:  # the file was deleted or changed after the preflight
                self.summary.refuse(row, str(error))
                continue
            request = catalogue_pb2.EnrolProductsRequest(
                product_id=row.product_id, name=row.name, photo=photo, store=row.store
            )
            json_format.ParseDict(row.attributes, request.attributes)
            sent.append(row)
            requests.append(request)
        if sent:
            call = self._client.enrol_future(requests)
            self._running[call] = sent
            call.add_done_callback(self._finished.put)

    def _finish_one_call(self) -> None:
        """Wait for the end of a call and count its rows; a call that failed for the moment is started again."""
        call = self._finished.get()
        rows = self._running.pop(call)
        try:
            answer = call.result()
        except grpc.RpcError as error:
            self._retry.pause_or_raise(error)
            self._send(rows)
            return
        self._retry.record_success()
        self.summary.add(enrolled=answer.enrolled, updated=answer.updated, unchanged=answer.unchanged)
        for refusal in answer.refused:
            self.summary.refuse(rows[refusal.index], refusal.reason)


def _batches(rows: Sequence[ManifestRow], size: int) -> Iterator[Sequence[ManifestRow]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
