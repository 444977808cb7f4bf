"""The vectors of a whole gallery made in this process, by the service's own enrolment, and kept as they come."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.progress import Progress

from evaluation import models
from evaluation.inprocess import LocalEmbedder, LocalSegmenter, MemoryGallery
from tillsight.catalogue.enrolment import Enroller
from tillsight.catalogue.reference_embedding import EnrolmentConcurrency
from tillsight.catalogue.name_reservations import NameReservations
from tillsight.client import manifest, parquet
from tillsight.client.manifest import ManifestRow
from tillsight.client.parquet import GalleryFile
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import InvalidManifest
from tillsight.domain.identifiers import compute_photo_id
from tillsight.domain.products import GalleryDescription, Reference
from tillsight.imaging.decoding import PhotoLimits
from tillsight.recognition.calibration import Calibration
from tillsight.rpc.gallery_converters import header_to, rows_to
from tillsight.v1.catalogue_pb2 import GalleryHeader

PART = 96
"""References a part: what an interrupt may cost, some twenty seconds of work. Six groups of enrolment."""
DEADLINE_S = 3600.0
"""For a part; there is no server to wait for."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What makes a gallery's vectors: model folders of the embedder and the segmenter, and rotations a photo."""

    embedder_dir: Path
    segmenter_dir: Path
    rotations: int

    def header(self, rows: int) -> GalleryHeader:
        """Of a file of so many rows; judged by the calibration that the embedder came with."""
        fingerprint = models.parameter(self.embedder_dir, "fingerprint")
        dimension = int(models.parameter(self.embedder_dir, "dimension"))
        calibration = Calibration.from_json(models.parameter(self.embedder_dir, "calibration"))
        described = GalleryDescription(f"gallery_{fingerprint}_1", fingerprint, dimension, 0, 0, rows)
        return header_to(described, calibration)


def write_gallery(path: Path, listed: Path, origin: Origin, progress: Progress) -> int:
    """Write the gallery of the MANIFEST.csv `listed` to `path`, as `tillsight catalogue load` takes it; its rows.

    Parts are kept in `path`.parts until all is there, so that the same call goes on where one was interrupted.
    Raises InvalidManifest for a photo that cannot be read or that enrolment refuses.
    """
    rows = list(manifest.read_manifest(listed))
    folder = path.with_name(f"{path.name}.parts")
    folder.mkdir(parents=True, exist_ok=True)
    maker = _Maker(origin)
    task = progress.add_task("embedding references", total=len(rows))
    parts = []
    for start in range(0, len(rows), PART):
        some = rows[start : start + PART]
        parts.append(maker.part(folder, some))
        progress.advance(task, len(some))
    files = [GalleryFile.open(part) for part in parts]
    written = parquet.write_gallery_file(
        path, origin.header(sum(file.header.rows for file in files)), (page for file in files for page in file.pages())
    )
    shutil.rmtree(folder)
    return written


class _Maker:
    """Enrols some references at a time into a gallery in memory, and writes its rows."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._segmenter = LocalSegmenter(origin.segmenter_dir)
        self._embedder = LocalEmbedder(origin.embedder_dir)

    def part(self, folder: Path, rows: Sequence[ManifestRow]) -> Path:
        """The file with these rows' vectors, made unless it is there: its name is a digest of what it is made of."""
        references = [_reference(row) for row in rows]
        told = [self._embedder.fingerprint, self._segmenter.version, self._origin.rotations]
        told += [(compute_photo_id(one), one.name, dict(one.attributes)) for one in references]
        path = folder / f"{hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]}.parquet"
        if not path.is_file():
            gallery = asyncio.run(self._enrolled(rows, references))
            parquet.write_gallery_file(path, self._origin.header(len(gallery.rows)), [rows_to(gallery.rows.values())])
        return path

    async def _enrolled(self, rows: Sequence[ManifestRow], references: Sequence[Reference]) -> MemoryGallery:
        gallery = MemoryGallery()
        enroller = Enroller(
            self._segmenter,
            self._embedder,
            gallery,
            gallery,
            PhotoLimits(),
            self._origin.rotations,
            EnrolmentConcurrency(),
            NameReservations(),
        )
        done = await enroller.enrol(_one_by_one(references), Deadline.after(DEADLINE_S))
        for refusal in done.refused:
            raise InvalidManifest(f"line {rows[refusal.index].line}, {refusal.product_id!r}: {refusal.reason}")
        return gallery


def _reference(row: ManifestRow) -> Reference:
    try:
        return Reference(row.product_id, row.name, row.image.read_bytes(), row.store, row.attributes)
    except OSError as error:
        raise InvalidManifest(f"line {row.line}: {row.image} cannot be read: {error.strerror}") from error


async def _one_by_one(references: Sequence[Reference]) -> AsyncIterator[Reference]:
    for reference in references:
        yield reference
