"""gallery.csv: the manifest that lists every product with its reference photo and attributes."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from store.catalogue.assortment import describe
from store.catalogue.product_spec import attributes
from store.gallery.image_files import save_image
from store.gallery.reference_photos import on_background
from store.gallery.studio_photos import StudioObject, cut_out

Row = tuple[str, str, str, str, str]
"""One line of gallery.csv, in the order of HEADER."""
HEADER = ("product_id", "name", "image", "store", "attributes")


def gallery_rows(labels: Iterable[int], seed: int) -> Iterator[Row]:
    """The rows of gallery.csv for labels, without drawing them. The store column is empty: sold in every store."""
    for label in labels:
        spec = describe(label, seed)
        yield (
            spec.product_id,
            spec.name,
            f"gallery/{spec.product_id}.jpg",
            "",
            json.dumps(attributes(spec), ensure_ascii=False),
        )


def write_studio_references(folder: Path, objects: Iterable[StudioObject]) -> Iterator[Row]:
    """Write each studio object, cut out, into folder/gallery, and yield its row of gallery.csv.

    Raises OSError if a photo cannot be read or written, ValueError if no object is found in it.
    """
    for studio_object in objects:
        name = f"gallery/studio-{re.sub(r'[^A-Za-z0-9._-]', '_', studio_object.product_id)}.jpg"
        save_image(folder / name, on_background(cut_out(studio_object)))
        yield studio_object.product_id, studio_object.name, name, "", json.dumps({"kind": "studio", "group": "studio"})


def write_manifest(path: Path, rows: Iterable[Row]) -> int:
    """Write gallery.csv; returns the number of rows."""
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(HEADER)
        count = 0
        for row in rows:
            writer.writerow(row)
            count += 1
    return count
