"""A manifest into the catalogue of a running service: only what is missing there is sent, a few calls at a time.

Many calls of a few photos rather than one of all: each answer acknowledges its photos, so the progress is known, a
call that fails may be repeated, and what was acknowledged need not be sent again. Several are under way, so that the
service embeds the photos of the next while it ends one.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import grpc
from google.protobuf import json_format

from tillsight.client import manifest_photos
from tillsight.client.client import Client
from tillsight.client.manifest import ManifestRow
from tillsight.domain.errors import InvalidInput, InvalidPhoto, InvalidProduct
from tillsight.domain.identifiers import ProductKey
from tillsight.imaging.decoding import PhotoLimits
from tillsight.v1 import catalogue_pb2

CHECKED_AT_ONCE = 256
SENT_AT_ONCE = 32
CALLS_AT_ONCE = 3
READERS = 4
PATIENCE_S = 120.0
PAUSE_S = 1.0
"""A call that found the service away or full is repeated after a pause, as long as one succeeded before; given up when
all have failed for so long."""
PASSING = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED)


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not enrolled, and why."""

    row: ManifestRow
    reason: str


@dataclass(slots=True)
class Summary:
    """What became of rows; of a dry run, what would become of them."""

    enrolled: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[RefusedRow] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return self.enrolled + self.updated + self.unchanged + len(self.refused)


class Importer:
    """Imports the rows of one manifest. `summary` is right at any time, also after an error.

    `advance` is told of rows as they are dealt with. A `dry_run` reads and decodes photos here, asks the service and
    writes nothing. `limits` are the service's.
    """

    def __init__(
        self, client: Client, limits: PhotoLimits, *, dry_run: bool = False, advance: Callable[[int], None]
    ) -> None:
        self.summary = Summary()
        self._client = client
        self._limits = limits
        self._dry_run = dry_run
        self._advance = advance
        self._names: dict[ProductKey, ManifestRow] = {}
        self._photos: dict[str, ManifestRow] = {}
        self._repeated: list[tuple[ManifestRow, ManifestRow]] = []
        self._under_way: dict[grpc.Future, list[ManifestRow]] = {}
        self._ended: queue.SimpleQueue[grpc.Future] = queue.SimpleQueue()
        self._reached = False
        self._failing_since: float | None = None

    def run(self, rows: Sequence[ManifestRow]) -> None:
        """Import rows. Raises grpc.RpcError; what was acknowledged until then is in the gallery."""
        missing: list[ManifestRow] = []
        with ThreadPoolExecutor(READERS, thread_name_prefix="read") as readers:
            for some in _lots(rows, CHECKED_AT_ONCE):
                missing += self._missing(some, readers)
                if self._dry_run:
                    self._try(missing, readers)
                    missing = []
                while len(missing) >= SENT_AT_ONCE:
                    self._send(missing[:SENT_AT_ONCE])
                    del missing[:SENT_AT_ONCE]
        self._send(missing)
        while self._under_way:
            self._settle()
        self._tell_of_repeated()

    def _missing(self, rows: Sequence[ManifestRow], readers: ThreadPoolExecutor) -> list[ManifestRow]:
        """Those of these rows whose photos the gallery wants; the others are dealt with."""
        asked: list[ManifestRow] = []
        messages: list[catalogue_pb2.ReferenceToCheck] = []
        for row, read in zip(
            rows, readers.map(partial(manifest_photos.photo_id_of, limits=self._limits), rows), strict=True
        ):
            try:
                if isinstance(read, InvalidInput):
                    raise read
                self._check_within_file(row, read)
                message = catalogue_pb2.ReferenceToCheck(
                    product_id=row.product_id, name=row.name, store=row.store, photo_id=read
                )
                json_format.ParseDict(row.attributes, message.attributes)
            except (InvalidInput, json_format.ParseError) as error:
                self._refuse(row, str(error))
                continue
            first = self._photos.setdefault(read, row)
            if first is row:
                asked.append(row)
                messages.append(message)
            else:
                self._repeated.append((row, first))
        missing = []
        for row, checked in zip(asked, self._checked(messages), strict=True):
            if checked.outcome == catalogue_pb2.OUTCOME_REFUSED:
                self._refuse(row, checked.reason)
            elif checked.outcome == catalogue_pb2.OUTCOME_UNCHANGED:
                self.summary.unchanged += 1
                self._advance(1)
            elif checked.outcome == catalogue_pb2.OUTCOME_UPDATED and self._dry_run:
                self.summary.updated += 1
                self._advance(1)
            else:
                missing.append(row)
        return missing

    def _checked(self, messages: Sequence[catalogue_pb2.ReferenceToCheck]) -> Sequence[catalogue_pb2.CheckedReference]:
        while messages:
            try:
                checked = self._client.check(messages)
            except grpc.RpcError as error:
                self._bear(error)
            else:
                self._reached, self._failing_since = True, None
                return checked
        return ()

    def _bear(self, error: grpc.RpcError) -> None:
        """Pause after an error that may pass; raises another one, and one that has lasted too long."""
        now = time.monotonic()
        self._failing_since = self._failing_since or now
        if not self._reached or error.code() not in PASSING or now - self._failing_since >= PATIENCE_S:
            raise error
        time.sleep(PAUSE_S)

    def _check_within_file(self, row: ManifestRow, identity: str) -> None:
        """Raises InvalidProduct where an earlier row says otherwise of the same product or photo."""
        if row.product_id.strip() and row.name.strip():  # else the service says what is missing
            first = self._names.setdefault((row.product_id, row.store), row)
            if first.name != row.name:
                raise InvalidProduct(
                    f"product {row.product_id!r} is called {first.name!r} in line {first.line}, not {row.name!r}"
                )
        same = self._photos.get(identity, row)
        if same.attributes != row.attributes:
            raise InvalidProduct(f"the same photo has other attributes in line {same.line}: send it once")

    def _try(self, rows: Sequence[ManifestRow], readers: ThreadPoolExecutor) -> None:
        """Decode the photos of rows, which would then be enrolled."""
        for row, fault in zip(
            rows, readers.map(partial(manifest_photos.photo_fault, limits=self._limits), rows), strict=True
        ):
            if fault:
                self._refuse(row, fault)
            else:
                self.summary.enrolled += 1
                self._advance(1)

    def _refuse(self, row: ManifestRow, reason: str) -> None:
        self.summary.refused.append(RefusedRow(row, reason))
        self._advance(1)

    def _tell_of_repeated(self) -> None:
        """A row that repeats another fares as that one did."""
        reasons = {one.row.line: one.reason for one in self.summary.refused}
        for row, first in self._repeated:
            if first.line in reasons:
                self._refuse(row, reasons[first.line])
            else:
                self.summary.unchanged += 1
                self._advance(1)

    def _send(self, rows: Sequence[ManifestRow]) -> None:
        """Begin a call for rows, once there is room for it."""
        while len(self._under_way) >= CALLS_AT_ONCE:
            self._settle()
        sent, requests = [], []
        for row in rows:
            try:
                photo = manifest_photos.read_photo(row, self._limits)
            except InvalidPhoto as error:  # gone since it was looked at
                self._refuse(row, str(error))
                continue
            request = catalogue_pb2.EnrolProductsRequest(
                product_id=row.product_id, name=row.name, photo=photo, store=row.store
            )
            json_format.ParseDict(row.attributes, request.attributes)
            sent.append(row)
            requests.append(request)
        if sent:
            call = self._client.begin_enrol(requests)
            self._under_way[call] = sent
            call.add_done_callback(self._ended.put)

    def _settle(self) -> None:
        """Await the end of a call; one that found the service away is begun again."""
        call = self._ended.get()
        rows = self._under_way.pop(call)
        try:
            answer = call.result()
        except grpc.RpcError as error:
            self._bear(error)
            self._send(rows)
            return
        self._failing_since = None
        self.summary.enrolled += answer.enrolled
        self.summary.updated += answer.updated
        self.summary.unchanged += answer.unchanged
        self.summary.refused += [RefusedRow(rows[one.index], one.reason) for one in answer.refused]
        self._advance(len(rows))


def _lots(rows: Sequence[ManifestRow], size: int) -> Iterator[Sequence[ManifestRow]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
