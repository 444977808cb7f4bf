"""Galleries as Parquet files: one row for each vector, and the header of the export in the file's metadata.

Columns: `reference_id`, `product_id`, `name`, `store` (text), `active` (bool), `degrees` (int16), `attributes` (text, a
JSON object) and `vector` (float32, a fixed-size list). Metadata: `tillsight.gallery`, `tillsight.embedder_fingerprint`,
`tillsight.dimension` and, if the header has one, `tillsight.calibration` (a JSON object).
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

TEXT_COLUMNS = ("reference_id", "product_id", "name", "store")
ROWS_PER_PAGE = 500


def import_pyarrow() -> tuple[Any, Any]:
    """The modules pyarrow and pyarrow.parquet. Raises StartupError if they are not installed."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise StartupError("Parquet files need pyarrow: pip install 'tillsight[parquet]'") from error
    return pyarrow, pyarrow.parquet


def write_gallery_file(path: Path, header: GalleryHeader, pages: Iterable[Sequence[GalleryRow]]) -> int:
    """Write rows as they arrive and return how many. The file is written completely or not at all.

    Raises OSError, StartupError, and what iterating over `pages` raises.
    """
    arrow, files = import_pyarrow()
    metadata = {
        "tillsight.gallery": header.gallery,
        "tillsight.embedder_fingerprint": header.embedder_fingerprint,
        "tillsight.dimension": str(header.dimension),
    }
    if header.HasField("calibration"):
        calibration = json_format.MessageToDict(
            header.calibration, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
        )
        metadata["tillsight.calibration"] = json.dumps(calibration)
    schema = _schema(arrow, header.dimension).with_metadata(metadata)
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
    """An exported gallery, read one page at a time."""

    path: Path
    header: GalleryHeader
    _file: Any

    @classmethod
    def open(cls, path: Path) -> GalleryFile:
        """Open a file that `write_gallery_file` wrote.

        Raises InvalidGalleryFile for any other file, OSError, StartupError.
        """
        arrow, files = import_pyarrow()
        try:
            file = files.ParquetFile(path)
        except arrow.ArrowException as error:
            raise InvalidGalleryFile(f"{path}: not a Parquet file: {error}") from error
        metadata = {key.decode(): value.decode() for key, value in (file.schema_arrow.metadata or {}).items()}
        try:
            header = GalleryHeader(
                gallery=metadata["tillsight.gallery"],
                embedder_fingerprint=metadata["tillsight.embedder_fingerprint"],
                dimension=int(metadata["tillsight.dimension"]),
                rows=file.metadata.num_rows,
            )
            if "tillsight.calibration" in metadata:
                json_format.Parse(metadata["tillsight.calibration"], header.calibration)
        except (KeyError, ValueError, json_format.ParseError) as error:
            raise InvalidGalleryFile(f"{path}: not an exported gallery: its metadata lacks {error}") from error
        if not file.schema_arrow.equals(_schema(arrow, header.dimension)):
            raise InvalidGalleryFile(f"{path}: not an exported gallery: its columns are {file.schema_arrow.names}")
        return cls(path, header, file)

    def pages(self) -> Iterator[list[GalleryRow]]:
        """The rows, ROWS_PER_PAGE at a time. Raises InvalidGalleryFile if the file is damaged."""
        arrow, _ = import_pyarrow()
        try:
            for batch in self._file.iter_batches(ROWS_PER_PAGE):
                yield [self._row(record) for record in batch.to_pylist()]
        except (arrow.ArrowException, OSError, ValueError, TypeError, json_format.ParseError) as error:
            raise InvalidGalleryFile(f"{self.path}: the file is damaged: {error}") from error

    def _row(self, record: dict[str, Any]) -> GalleryRow:
        row = GalleryRow(**{**record, "attributes": None})
        json_format.Parse(record["attributes"], row.attributes)
        return row


def _schema(arrow: Any, dimension: int) -> Any:
    return arrow.schema(
        [
            *((name, arrow.string()) for name in TEXT_COLUMNS),
            ("active", arrow.bool_()),
            ("degrees", arrow.int16()),
            ("attributes", arrow.string()),
            ("vector", arrow.list_(arrow.float32(), dimension)),
        ]
    )


def _record(row: GalleryRow) -> dict[str, Any]:
    attributes = json.dumps(json_format.MessageToDict(row.attributes), ensure_ascii=False)
    return {
        **{name: getattr(row, name) for name in TEXT_COLUMNS},
        "active": row.active,
        "degrees": row.degrees,
        "attributes": attributes,
        "vector": list(row.vector),
    }
