"""Gallery rows as messages, and back."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tillsight.domain import GalleryDescription, GalleryRow
from tillsight.rpc.converters import attributes_from, calibration_from, calibration_to, struct_to
from tillsight.transfer import Origin
from tillsight.v1 import catalogue_pb2
from tillsight.verdict import Calibration


def header_to(description: GalleryDescription, calibration: Calibration) -> catalogue_pb2.GalleryHeader:
    """Where rows are from."""
    return catalogue_pb2.GalleryHeader(
        gallery=description.gallery,
        embedder_fingerprint=description.embedder_fingerprint,
        dimension=description.dimension,
        rows=description.rows,
        calibration=calibration_to(calibration),
    )


def origin_from(header: catalogue_pb2.GalleryHeader) -> Origin:
    """Where rows are from. Raises InvalidInput for a calibration that is none."""
    calibration = calibration_from(header.calibration) if header.HasField("calibration") else None
    return Origin(header.gallery, header.embedder_fingerprint, calibration)


def rows_to(rows: Iterable[GalleryRow]) -> list[catalogue_pb2.GalleryRow]:
    """Rows of a gallery."""
    return [
        catalogue_pb2.GalleryRow(
            reference_id=row.reference_id,
            product_id=row.product_id,
            name=row.name,
            store=row.store,
            active=row.active,
            degrees=row.degrees,
            attributes=struct_to(row.attributes),
            vector=row.vector,
        )
        for row in rows
    ]


def rows_from(messages: Iterable[catalogue_pb2.GalleryRow]) -> list[GalleryRow]:
    """Rows for a gallery. Raises InvalidInput for attributes that JSON cannot hold."""
    return [
        GalleryRow(
            row.reference_id,
            row.product_id,
            row.name,
            row.store,
            row.degrees,
            attributes_from(row.product_id, row.attributes),
            np.array(row.vector, np.float32),
            row.active,
        )
        for row in messages
    ]
