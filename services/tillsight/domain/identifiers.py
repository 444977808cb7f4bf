"""Photo ids and row ids: the same product, store, photo and rotation always give the same id."""

from __future__ import annotations

import hashlib
import re

from tillsight.domain.products import Reference

ProductKey = tuple[str, str]
"""A product's id and store. Two stores may use the same id for different products."""

PHOTO_ID = re.compile("[0-9a-f]{32}")
"""The form of the ids that `compute_photo_id` returns."""


def compute_photo_id(reference: Reference) -> str:
    """32 hexadecimal digits: a digest (SHA-256) of product id, store, region and photo bytes.

    Names and attributes are not part of it, so a reference can be renamed without being embedded again.
    """
    digest = hashlib.sha256()
    region = reference.region
    corners = f"{region.x:g},{region.y:g},{region.width:g},{region.height:g}" if region else ""
    for part in (reference.product_id, reference.store, corners):
        digest.update(part.encode() + b"\0")
    digest.update(reference.photo)
    return digest.hexdigest()[:32]


def row_id(photo: str, degrees: int) -> str:
    """The primary key of the row for a reference photo turned by `degrees`."""
    return f"{photo}-{degrees:03d}"


def rotation_angles(rotations: int) -> list[int]:
    """The angles in degrees, evenly spread from 0, at which a reference is enrolled."""
    return [round(360 * turn / rotations) for turn in range(rotations)]


def row_ids(photo: str, rotations: int) -> list[str]:
    """The primary keys of all rows of a reference photo."""
    return [row_id(photo, degrees) for degrees in rotation_angles(rotations)]


def photo_id_of_row(row: str) -> str:
    """The photo id in a row's primary key; a key of another form, such as one made in a console, is returned whole."""
    photo, _, degrees = row.rpartition("-")
    return photo if photo and degrees.isdigit() else row
