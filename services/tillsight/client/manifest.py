"""MANIFEST.csv: the products to enrol, a row for each reference photo. Pure but for reading the file.

Columns: `product_id,name,image[,store][,attributes]`; image paths are relative to the file, attributes a JSON
object. Several rows may belong to one product.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tillsight.domain.errors import InvalidManifest

REQUIRED = ("product_id", "name", "image")
KNOWN = (*REQUIRED, "store", "attributes")


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """A reference photo to enrol: its line in the file, from 1, and what the line says.

    `fault` says why the row cannot be enrolled, where that shows in the file already.
    """

    line: int
    product_id: str
    name: str
    image: Path
    store: str = ""
    attributes: dict[str, object] = field(default_factory=dict)
    fault: str = ""


def read_manifest(path: Path) -> Iterator[ManifestRow]:
    """The rows of a manifest, as they come.

    Raises InvalidManifest, with file and line, for a missing file, a wrong header and a row of another length: what
    follows it may be out of step too. Attributes that are no JSON object are the fault of their row alone, and so
    are an empty id and a missing photo, which enrolment refuses.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, strict=True)
            try:
                _check_header(path, list(reader.fieldnames or ()))
                for record in reader:
                    yield _row(path, reader.line_num, record)
            except csv.Error as error:
                raise InvalidManifest(f"{path}:{reader.reader.line_num}: is not well-formed CSV: {error}") from error
    except OSError as error:
        raise InvalidManifest(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidManifest(f"{path}: is not UTF-8 text: {error}") from error


def _check_header(path: Path, columns: list[str]) -> None:
    missing = [name for name in REQUIRED if name not in columns]
    unknown = [name for name in columns if name not in KNOWN]
    twice = [name for name in KNOWN if columns.count(name) > 1]
    if missing or unknown or twice:
        faults = [f"lacks {', '.join(missing)}"] * bool(missing) + [f"has unknown {', '.join(unknown)}"] * bool(unknown)
        faults += [f"has {', '.join(twice)} twice"] * bool(twice)
        raise InvalidManifest(f"{path}:1: the header {' and '.join(faults)}; it should be {','.join(KNOWN)}")


def _row(path: Path, line: int, record: dict[str, str]) -> ManifestRow:
    if None in record or None in record.values():
        raise InvalidManifest(f"{path}:{line}: the row has another number of columns than the header")
    image = path.parent / record["image"]
    texts = (line, record["product_id"], record["name"], image, record.get("store", ""))
    try:
        attributes = json.loads(record.get("attributes") or "{}")
        json.dumps(attributes, allow_nan=False)  # Python reads NaN and 1e999, which JSON and protobuf have not
    except (ValueError, RecursionError) as error:
        return ManifestRow(*texts, fault=f"the attributes are no JSON: {error}")
    if not isinstance(attributes, dict):
        return ManifestRow(*texts, fault="the attributes are no JSON object")
    return ManifestRow(*texts, attributes)
