"""Galleries as Parquet files: a row a vector, and in the file's metadata where the rows are from.

Columns: `reference_id`, `product_id`, `name`, `store` (text), `active` (bool), `degrees` (int16), `attributes` (text, a
JSON object) and `vector` (float32, a fixed-size list). Metadata: `tillsight.gallery`, `tillsight.embedder_fingerprint`,
`tillsight.dimension` and, where the gallery had one, `tillsight.calibration` (a JSON object).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.protobuf import json_format

from tillsight.domain.errors import InvalidGalleryFile, StartupError
from tillsight.v1.catalogue_pb2 import GalleryHeader, GalleryRow

TEXTS = ("reference_id", "product_id", "name", "store")
READ_AT_ONCE = 500


def parquet() -> tuple[Any, Any]:
    """pyarrow and pyarrow.parquet. Raises StartupError where they are not installed."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise StartupError("Parquet files need pyarrow: pip install 'tillsight[parquet]'") from error
    return pyarrow, pyarrow.parquet


def write_gallery_file(path: Path, header: GalleryHeader, pages: Iterable[Sequence[GalleryRow]]) -> int:
    """Write rows as they come, the file whole or not at all; how many. Raises OSError, StartupError."""
    arrow, files = parquet()
    told = {
        "tillsight.gallery": header.gallery,
        "tillsight.embedder_fingerprint": header.embedder_fingerprint,
        "tillsight.dimension": str(header.dimension),
    }
    if header.HasField("calibration"):
        calibration = json_format.MessageToDict(
            header.calibration, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
        )
        told["tillsight.calibration"] = json.dumps(calibration)
    schema = _schema(arrow, header.dimension).with_metadata(told)
    written = 0
    part = path.with_name(f"{path.name}.part")
    try:
        with files.ParquetWriter(part, schema, compression="zstd") as file:
            for rows in pages:
                file.write_batch(arrow.RecordBatch.from_pylist([_record(row) for row in rows], schema=schema))
                written += len(rows)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return written


@dataclass(frozen=True, slots=True)
class GalleryFile:
    """An exported gallery, read as it is needed."""

    path: Path
    header: GalleryHeader
    _file: Any

    @classmethod
    def open(cls, path: Path) -> GalleryFile:
        """Raises InvalidGalleryFile for another kind of file, OSError, StartupError."""
        arrow, files = parquet()
        try:
            file = files.ParquetFile(path)
        except arrow.ArrowException as error:
            raise InvalidGalleryFile(f"{path}: is no Parquet file: {error}") from error
        told = {key.decode(): value.decode() for key, value in (file.schema_arrow.metadata or {}).items()}
        try:
            header = GalleryHeader(
                gallery=told["tillsight.gallery"],
                embedder_fingerprint=told["tillsight.embedder_fingerprint"],
                dimension=int(told["tillsight.dimension"]),
                rows=file.metadata.num_rows,
            )
            if "tillsight.calibration" in told:
                json_format.Parse(told["tillsight.calibration"], header.calibration)
        except (KeyError, ValueError, json_format.ParseError) as error:
            raise InvalidGalleryFile(f"{path}: is no exported gallery: its metadata lacks {error}") from error
        if not file.schema_arrow.equals(_schema(arrow, header.dimension)):
            raise InvalidGalleryFile(f"{path}: is no exported gallery: its columns are {file.schema_arrow.names}")
        return cls(path, header, file)

    def pages(self) -> Iterator[list[GalleryRow]]:
        """The rows, a page at a time. Raises InvalidGalleryFile where the file is damaged."""
        arrow, _ = parquet()
        try:
            for batch in self._file.iter_batches(READ_AT_ONCE):
                yield [self._row(record) for record in batch.to_pylist()]
        except (arrow.ArrowException, OSError, ValueError, TypeError, json_format.ParseError) as error:
            raise InvalidGalleryFile(f"{self.path}: is damaged: {error}") from error

    def _row(self, record: dict[str, Any]) -> GalleryRow:
        row = GalleryRow(**{**record, "attributes": None})
        json_format.Parse(record["attributes"], row.attributes)
        return row


def _schema(arrow: Any, dimension: int) -> Any:
    return arrow.schema(
        [
            *((name, arrow.string()) for name in TEXTS),
            ("active", arrow.bool_()),
            ("degrees", arrow.int16()),
            ("attributes", arrow.string()),
            ("vector", arrow.list_(arrow.float32(), dimension)),
        ]
    )


def _record(row: GalleryRow) -> dict[str, Any]:
    attributes = json.dumps(json_format.MessageToDict(row.attributes), ensure_ascii=False)
    return {
        **{name: getattr(row, name) for name in TEXTS},
        "active": row.active,
        "degrees": row.degrees,
        "attributes": attributes,
        "vector": list(row.vector),
    }
