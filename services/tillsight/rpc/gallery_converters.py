"""Gallery rows, versions, calibrations and rebuild progress as messages of catalogue.proto, and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, fields

import numpy as np

from tillsight.catalogue.bulk_load import GalleryOrigin
from tillsight.domain.products import GalleryDescription, GalleryRow
from tillsight.gallery.versions import GalleryState, GalleryVersion, RebuildPhase, RebuildProgress
from tillsight.recognition.calibration import Calibration
from tillsight.rpc.converters import attributes_from, attributes_to
from tillsight.v1 import catalogue_pb2

MAX_MISSING_PHOTOS = 100
"""Missing photos that a rebuild's last message lists; `missing_count` counts all."""

PHASES = {phase: f"REBUILD_PHASE_{phase.name}" for phase in RebuildPhase}
"""The names of the proto's RebuildPhase values."""
STATES = {state: f"GALLERY_STATE_{state.name}" for state in GalleryState}
"""The names of the proto's GalleryState values."""


def calibration_to(calibration: Calibration) -> catalogue_pb2.Calibration:
    """A calibration."""
    return catalogue_pb2.Calibration(**asdict(calibration))


def calibration_from(message: catalogue_pb2.Calibration) -> Calibration:
    """A calibration. Raises InvalidInput for a value that is not finite and for a negative weight."""
    return Calibration(**{field.name: getattr(message, field.name) for field in fields(Calibration)})


def description_to(description: GalleryDescription, calibration: Calibration) -> catalogue_pb2.DescribeGalleryResponse:
    """The counts and versions of a gallery, and its calibration."""
    return catalogue_pb2.DescribeGalleryResponse(
        gallery=description.gallery,
        embedder_fingerprint=description.embedder_fingerprint,
        products=description.products,
        references=description.references,
        rows=description.rows,
        dimension=description.dimension,
        calibration=calibration_to(calibration),
    )


def header_to(description: GalleryDescription, calibration: Calibration) -> catalogue_pb2.GalleryHeader:
    """The header of an exported gallery."""
    return catalogue_pb2.GalleryHeader(
        gallery=description.gallery,
        embedder_fingerprint=description.embedder_fingerprint,
        dimension=description.dimension,
        rows=description.rows,
        calibration=calibration_to(calibration),
    )


def header_from(header: catalogue_pb2.GalleryHeader) -> GalleryOrigin:
    """The origin of exported rows. Raises InvalidInput for an invalid calibration."""
    calibration = calibration_from(header.calibration) if header.HasField("calibration") else None
    return GalleryOrigin(header.gallery, header.embedder_fingerprint, calibration)


def rows_to(rows: Iterable[GalleryRow]) -> list[catalogue_pb2.GalleryRow]:
    """The rows of a gallery."""
    return [
        catalogue_pb2.GalleryRow(
            reference_id=row.reference_id,
            product_id=row.product_id,
            name=row.name,
            store=row.store,
            active=row.active,
            degrees=row.degrees,
            attributes=attributes_to(row.attributes),
            vector=row.vector,
        )
        for row in rows
    ]


def rows_from(messages: Iterable[catalogue_pb2.GalleryRow]) -> list[GalleryRow]:
    """The rows of a gallery, vectors as float32 [D]. Raises InvalidInput for attributes that JSON cannot represent."""
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


def version_to(version: GalleryVersion) -> catalogue_pb2.GalleryVersion:
    """A gallery version."""
    return catalogue_pb2.GalleryVersion(
        gallery=version.name,
        state=STATES[version.state],
        embedder_fingerprint=version.fingerprint,
        embedder=version.embedder,
        rotations=version.rotations,
        rows=version.rows,
    )


def progress_to(progress: RebuildProgress) -> catalogue_pb2.RebuildResponse:
    """The progress of a rebuild, with the first MAX_MISSING_PHOTOS missing photos."""
    return catalogue_pb2.RebuildResponse(
        phase=PHASES[progress.phase],
        gallery=progress.gallery,
        replaces=progress.replaces,
        done=progress.done,
        total=progress.total,
        embedded=progress.embedded,
        relabelled=progress.relabelled,
        removed=progress.removed,
        tried=progress.tried,
        found=progress.found,
        missing_count=progress.missing_count,
        missing=[
            catalogue_pb2.MissingPhoto(
                photo_id=one.photo_id, product_id=one.product_id, store=one.store, reason=one.reason
            )
            for one in progress.missing[:MAX_MISSING_PHOTOS]
        ],
    )
