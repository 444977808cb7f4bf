"""The lists of photos for an evaluation: galleries and queries."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tillsight.domain.errors import InvalidManifest

CONFUSABLE_ATTRIBUTE = "confusable_with"
"""The attribute in which the synthetic store's gallery.csv names the product that a product is easily taken for."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of a gallery or a query list; `group` may be empty."""

    product_id: str
    image: Path
    group: str = ""


def read_gallery(path: Path) -> list[Entry]:
    """The rows of a gallery.csv: `product_id,name,image[,store][,attributes as JSON]`, images relative to it.

    A row's group is the attribute `group`, or else the first folder of its image below the folder that all images
    share. Raises InvalidManifest, which names file and line.
    """
    rows = list(_rows(path, ("product_id", "image")))
    folders = [Path(row["image"]).parent.as_posix() for _, row in rows]
    common = os.path.commonpath(folders) if len(set(folders)) > 1 else (folders[0] if folders else "")
    entries = []
    for line, row in rows:
        below = Path(row["image"]).parent.relative_to(common).parts
        attributes = _attributes(path, line, row.get("attributes") or "{}")
        group = str(attributes.get("group", below[0] if below else ""))
        entries.append(Entry(row["product_id"], path.parent / row["image"], group))
    return entries


def confusable_products(path: Path) -> dict[str, str]:
    """For each product of a gallery.csv with CONFUSABLE_ATTRIBUTE, the product that it is confusable with."""
    named = {
        row["product_id"]: _attributes(path, line, row.get("attributes") or "{}").get(CONFUSABLE_ATTRIBUTE)
        for line, row in _rows(path, ("product_id", "image"))
    }
    return {product: str(other) for product, other in named.items() if other}


def tuned_classes(model_dir: Path) -> frozenset[str] | None:
    """The product ids that an embedder was tuned on, from `model_dir`/tuned_classes.json; None without this file.

    Raises InvalidManifest unless the file is a JSON list of strings.
    """
    path = model_dir / "tuned_classes.json"
    if not path.exists():
        return None
    try:
        classes = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InvalidManifest(f"{path} is not JSON: {error}") from error
    if not isinstance(classes, list) or not all(isinstance(one, str) for one in classes):
        raise InvalidManifest(f"{path} is not a JSON list of product ids")
    return frozenset(classes)


def read_queries(path: Path) -> list[Entry]:
    """The rows of a queries.csv: `product_id,image`. Raises InvalidManifest, which names file and line."""
    return [Entry(row["product_id"], path.parent / row["image"]) for _, row in _rows(path, ("product_id", "image"))]


def _rows(path: Path, required: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidManifest(f"{path} cannot be read: {error}") from error
    reader = csv.DictReader(io.StringIO(text, newline=""))
    missing = [name for name in required if name not in (reader.fieldnames or ())]
    if missing:
        raise InvalidManifest(f"{path}, line 1: the header lacks {', '.join(missing)}")
    for row in reader:
        if not all(row[name] for name in required):
            raise InvalidManifest(f"{path}, line {reader.line_num}: {' and '.join(required)} must not be empty")
        yield reader.line_num, row


def _attributes(path: Path, line: int, text: str) -> dict[str, object]:
    try:
        attributes = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidManifest(f"{path}, line {line}: attributes are not JSON: {error}") from error
    if not isinstance(attributes, dict):
        raise InvalidManifest(f"{path}, line {line}: attributes are JSON but not an object")
    return attributes
