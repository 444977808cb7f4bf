"""The vectors of a whole gallery, computed in this process by the service's own enrolment and saved in parts."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.progress import Progress

from evaluation.local_models import LocalEmbedder, LocalSegmenter
from evaluation.memory_gallery import MemoryGallery
from runtime import model_folder
from tillsight.catalogue.enrolment import Enroller
from tillsight.catalogue.name_reservations import NameReservations
from tillsight.catalogue.reference_embedding import EnrolmentConcurrency
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

PART_SIZE = 96
"""References in a part: three groups of enrolment. An interrupt loses one part at most, about 20 seconds of work."""
PART_DEADLINE_S = 3600.0
"""The deadline of a part. There is no server that could be slow."""


@dataclass(frozen=True, slots=True)
class EmbeddingModels:
    """What determines a gallery's vectors: the folders of both models, and the rotations of each photo."""

    embedder_dir: Path
    segmenter_dir: Path
    rotations: int

    def header(self, rows: int) -> GalleryHeader:
        """The header of a file with so many rows. It has the calibration of the embedder."""
        fingerprint = model_folder.parameter(self.embedder_dir, "fingerprint")
        dimension = int(model_folder.parameter(self.embedder_dir, "dimension"))
        calibration = Calibration.from_json(model_folder.parameter(self.embedder_dir, "calibration"))
        described = GalleryDescription(f"gallery_{fingerprint}_1", fingerprint, dimension, 0, 0, rows)
        return header_to(described, calibration)


def write_gallery(path: Path, manifest_path: Path, models: EmbeddingModels, progress: Progress) -> int:
    """Write the gallery of a MANIFEST.csv to `path`, for `tillsight catalogue load`; returns the number of rows.

    Finished parts stay in `path`.parts until the gallery is complete, so that the same call continues an interrupted
    one. Raises InvalidManifest for a photo that cannot be read or that enrolment refuses.
    """
    rows = list(manifest.read_manifest(manifest_path))
    folder = path.with_name(f"{path.name}.parts")
    folder.mkdir(parents=True, exist_ok=True)
    writer = _PartWriter(models)
    task = progress.add_task("embedding references", total=len(rows))
    parts = []
    for start in range(0, len(rows), PART_SIZE):
        part_rows = rows[start : start + PART_SIZE]
        parts.append(writer.write(folder, part_rows))
        progress.advance(task, len(part_rows))
    files = [GalleryFile.open(part) for part in parts]
    written = parquet.write_gallery_file(
        path, models.header(sum(file.header.rows for file in files)), (page for file in files for page in file.pages())
    )
    shutil.rmtree(folder)
    return written


class _PartWriter:
    """Enrols some references in a gallery in memory and writes its rows to a file."""

    def __init__(self, models: EmbeddingModels) -> None:
        self._models = models
        self._segmenter = LocalSegmenter(models.segmenter_dir)
        self._embedder = LocalEmbedder(models.embedder_dir)

    def write(self, folder: Path, rows: Sequence[ManifestRow]) -> Path:
        """The file with the vectors of these rows. Its name is a digest of all inputs; an existing file is kept."""
        references = [_reference(row) for row in rows]
        inputs = [self._embedder.fingerprint, self._segmenter.version, self._models.rotations]
        inputs += [(compute_photo_id(one), one.name, dict(one.attributes)) for one in references]
        path = folder / f"{hashlib.sha256(json.dumps(inputs).encode()).hexdigest()[:32]}.parquet"
        if not path.is_file():
            gallery = asyncio.run(self._enrol(rows, references))
            parquet.write_gallery_file(path, self._models.header(len(gallery.rows)), [rows_to(gallery.rows.values())])
        return path

    async def _enrol(self, rows: Sequence[ManifestRow], references: Sequence[Reference]) -> MemoryGallery:
        gallery = MemoryGallery()
        enroller = Enroller(
            self._segmenter,
            self._embedder,
            gallery,
            gallery,
            PhotoLimits(),
            self._models.rotations,
            EnrolmentConcurrency(),
            NameReservations(),
        )
        enrolment = await enroller.enrol(_stream(references), Deadline.after(PART_DEADLINE_S))
        for refusal in enrolment.refused:
            raise InvalidManifest(f"line {rows[refusal.index].line}, {refusal.product_id!r}: {refusal.reason}")
        return gallery


def _reference(row: ManifestRow) -> Reference:
    try:
        return Reference(row.product_id, row.name, row.image.read_bytes(), row.store, row.attributes)
    except OSError as error:
        raise InvalidManifest(f"line {row.line}: {row.image} cannot be read: {error.strerror}") from error


async def _stream(references: Sequence[Reference]) -> AsyncIterator[Reference]:
    for reference in references:
        yield reference
