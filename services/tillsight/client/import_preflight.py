"""The preflight of an import: which rows of a manifest the service lacks, decided without sending a photo."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from functools import partial

import grpc
from google.protobuf import json_format

from tillsight.client import manifest_photos
from tillsight.client.client import Client
from tillsight.client.import_summary import ImportSummary
from tillsight.client.manifest import ManifestRow
from tillsight.client.retry import Retry
from tillsight.domain.errors import InvalidInput, InvalidProduct
from tillsight.domain.identifiers import ProductKey
from tillsight.imaging.decoding import PhotoLimits
from tillsight.v1 import catalogue_pb2


class ImportPreflight:
    """Compares the rows of one manifest with each other and with the gallery.

    `limits` are those of the service, `readers` read the photos. In a `dry_run` rows whose attributes the service would
    update are counted and not returned.
    """

    def __init__(
        self,
        client: Client,
        limits: PhotoLimits,
        summary: ImportSummary,
        retry: Retry,
        readers: Executor,
        *,
        dry_run: bool,
    ) -> None:
        self._client = client
        self._limits = limits
        self._summary = summary
        self._retry = retry
        self._readers = readers
        self._dry_run = dry_run
        self._first_by_product: dict[ProductKey, ManifestRow] = {}
        self._first_by_photo: dict[str, ManifestRow] = {}
        self._duplicates: list[tuple[ManifestRow, ManifestRow]] = []

    def rows_to_send(self, rows: Sequence[ManifestRow]) -> list[ManifestRow]:
        """The rows whose photos must be sent, in their order; the others are counted. Raises grpc.RpcError."""
        to_send: list[ManifestRow] = []
        asked, messages = self._valid_rows(rows)
        for row, checked in zip(asked, self._ask_service(messages), strict=True):
            if checked.outcome == catalogue_pb2.OUTCOME_REFUSED:
                self._summary.refuse(row, checked.reason)
            elif checked.outcome == catalogue_pb2.OUTCOME_UNCHANGED:
                self._summary.add(unchanged=1)
            elif checked.outcome == catalogue_pb2.OUTCOME_UPDATED and self._dry_run:
                self._summary.add(updated=1)
            else:
                to_send.append(row)
        return to_send

    def count_duplicates(self) -> None:
        """Count the rows that repeat an earlier one: refused with the same reason as that row, else unchanged."""
        reasons = {one.row.line: one.reason for one in self._summary.refused}
        for row, first in self._duplicates:
            if first.line in reasons:
                self._summary.refuse(row, reasons[first.line])
            else:
                self._summary.add(unchanged=1)

    def _valid_rows(
        self, rows: Sequence[ManifestRow]
    ) -> tuple[list[ManifestRow], list[catalogue_pb2.ReferenceToCheck]]:
        """The rows to ask the service about, and their messages. Refuses rows that are invalid by themselves."""
        asked: list[ManifestRow] = []
        messages: list[catalogue_pb2.ReferenceToCheck] = []
        photo_ids = self._readers.map(partial(manifest_photos.photo_id_of, limits=self._limits), rows)
        for row, photo_id in zip(rows, photo_ids, strict=True):
            try:
                if isinstance(photo_id, InvalidInput):
                    raise photo_id
                self._check_consistent(row, photo_id)
                message = catalogue_pb2.ReferenceToCheck(
                    product_id=row.product_id, name=row.name, store=row.store, photo_id=photo_id
                )
                json_format.ParseDict(row.attributes, message.attributes)
            except (InvalidInput, json_format.ParseError) as error:
                self._summary.refuse(row, str(error))
                continue
            first = self._first_by_photo.setdefault(photo_id, row)
            if first is row:
                asked.append(row)
                messages.append(message)
            else:
                self._duplicates.append((row, first))
        return asked, messages

    def _check_consistent(self, row: ManifestRow, photo_id: str) -> None:
        """Raises InvalidProduct if an earlier row has another name for the product or other attributes for the photo.

        Names and attributes are compared within the manifest; the service compares them with the gallery.
        """
        if row.product_id.strip() and row.name.strip():  # the service refuses an empty id and an empty name
            first = self._first_by_product.setdefault((row.product_id, row.store), row)
            if first.name != row.name:
                raise InvalidProduct(
                    f"product {row.product_id!r} is called {first.name!r} in line {first.line}, not {row.name!r}"
                )
        same_photo = self._first_by_photo.get(photo_id, row)
        if same_photo.attributes != row.attributes:
            raise InvalidProduct(
                f"the same photo has other attributes in line {same_photo.line}: list each photo of a product once"
            )

    def _ask_service(
        self, messages: Sequence[catalogue_pb2.ReferenceToCheck]
    ) -> Sequence[catalogue_pb2.CheckedReference]:
        while messages:
            try:
                checked = self._client.preflight(messages)
            except grpc.RpcError as error:
                self._retry.pause_or_raise(error)
            else:
                self._retry.record_success()
                return checked
        return ()
