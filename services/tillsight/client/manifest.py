"""Reads MANIFEST.csv, which lists the products to enrol: one row for each reference photo.

Columns: `product_id,name,image[,store][,attributes]`. Image paths are relative to the file; attributes are a JSON
object. A product may have several rows.
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
    """A reference photo to enrol, with its line in the file, from 1.

    `fault` says why the row cannot be enrolled; it is empty if the file shows no reason.
    """

    line: int
    product_id: str
    name: str
    image: Path
    store: str = ""
    attributes: dict[str, object] = field(default_factory=dict)
    fault: str = ""


def read_manifest(path: Path) -> Iterator[ManifestRow]:
    """Yield the rows of a manifest in the order of the file.

    Raises InvalidManifest, with file and line, for a file that cannot be read, a wrong header, and a row with another
    number of columns, because the columns of later rows may then be shifted too. Attributes that are not a JSON object
    only set the `fault` of their row. An empty id and a missing photo are accepted here; enrolment refuses them.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, strict=True)
            try:
                _check_header(path, list(reader.fieldnames or ()))
                for record in reader:
                    yield _row(path, reader.line_num, record)
            except csv.Error as error:
                raise InvalidManifest(f"{path}:{reader.reader.line_num}: the file is not valid CSV: {error}") from error
    except OSError as error:
        raise InvalidManifest(f"{path}: the file cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidManifest(f"{path}: the file is not UTF-8 text: {error}") from error


def _check_header(path: Path, columns: list[str]) -> None:
    missing = [name for name in REQUIRED if name not in columns]
    unknown = [name for name in columns if name not in KNOWN]
    twice = [name for name in KNOWN if columns.count(name) > 1]
    if missing or unknown or twice:
        faults = [f"lacks {', '.join(missing)}"] * bool(missing)
        faults += [f"has unknown columns ({', '.join(unknown)})"] * bool(unknown)
        faults += [f"has {', '.join(twice)} twice"] * bool(twice)
        raise InvalidManifest(f"{path}:1: the header {' and '.join(faults)}: make it {','.join(KNOWN)}")


def _row(path: Path, line: int, record: dict[str, str]) -> ManifestRow:
    if None in record or None in record.values():
        raise InvalidManifest(f"{path}:{line}: the row does not have as many columns as the header")
    image = path.parent / record["image"]
    fields = (line, record["product_id"], record["name"], image, record.get("store", ""))
    try:
        attributes = json.loads(record.get("attributes") or "{}")
        json.dumps(attributes, allow_nan=False)  # Python reads NaN and 1e999, which are not JSON numbers
    except (ValueError, RecursionError) as error:
        return ManifestRow(*fields, fault=f"the attributes are not valid JSON: {error}")
    if not isinstance(attributes, dict):
        return ManifestRow(*fields, fault="the attributes are not a JSON object")
    return ManifestRow(*fields, attributes)
