"""A reference photo: its identity, what it must have to be enrolled, and what in it is the product. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence

import numpy as np

from tillsight import imaging
from tillsight.domain import Instance, Polygon, ProductKey, Reference
from tillsight.errors import InvalidPhoto, InvalidProduct
from tillsight.imaging import Photo

PHOTO_ID = re.compile("[0-9a-f]{32}")
"""What `photo_id` gives."""
MAX_ID_LENGTH = 200
MAX_NAME_LENGTH = 400
MAX_ROW_ID_LENGTH = 64
MAX_ATTRIBUTES_BYTES = 32 * 1024
"""As JSON; Milvus takes 65,536 bytes for all dynamic fields of a row."""
MIN_SHARE = 0.02
"""Smaller than this share of the photo, an object is not what a reference photo was taken of."""
DOMINANCE = 0.7
"""The share of all found area that the object must have to be the one the photo was taken of."""


def photo_id(reference: Reference) -> str:
    """The identity of a reference: the same product, store, photo and region always give the same one."""
    digest = hashlib.sha256()
    region = reference.region
    place = f"{region.x:g},{region.y:g},{region.width:g},{region.height:g}" if region else ""
    for part in (reference.product_id, reference.store, place):
        digest.update(part.encode() + b"\0")
    digest.update(reference.photo)
    return digest.hexdigest()[:32]


def row_id(photo: str, degrees: int) -> str:
    """The primary key of the row for a reference turned by `degrees`."""
    return f"{photo}-{degrees:03d}"


def angles(rotations: int) -> list[int]:
    """The degrees that a reference is enrolled at."""
    return [round(360 * turn / rotations) for turn in range(rotations)]


def row_ids(photo: str, rotations: int) -> list[str]:
    """The primary keys of all rows of a reference."""
    return [row_id(photo, degrees) for degrees in angles(rotations)]


def photo_of(row: str) -> str:
    """The photo id in a row's primary key; a key that is none of ours is its own."""
    photo, _, degrees = row.rpartition("-")
    return photo if photo and degrees.isdigit() else row


def check(reference: Reference) -> None:
    """Raises InvalidProduct, saying what a reference lacks."""
    check_product(reference.product_id, reference.name, reference.store, reference.attributes)


def check_product(product_id: str, name: str, store: str, attributes: Mapping[str, object]) -> None:
    """Raises InvalidProduct, saying what is wrong with what is said of a product."""
    if not product_id.strip():
        raise InvalidProduct("the product id is empty: every product needs one")
    if not name.strip():
        raise InvalidProduct(f"product {product_id!r} has no name")
    for what, text, limit in (
        ("id", product_id, MAX_ID_LENGTH),
        ("name", name, MAX_NAME_LENGTH),
        ("store", store, MAX_ID_LENGTH),
    ):
        check_text(what, text, limit)
    size = len(json.dumps(dict(attributes), ensure_ascii=False).encode())
    if size > MAX_ATTRIBUTES_BYTES:
        raise InvalidProduct(f"the attributes have {size} bytes as JSON, over the limit of {MAX_ATTRIBUTES_BYTES}")


def check_text(what: str, text: str, limit: int) -> None:
    """Raises InvalidProduct for a text over so many bytes or with control characters."""
    if len(text.encode()) > limit:
        raise InvalidProduct(f"the {what} {text[:40]!r}… has {len(text.encode())} bytes, over the limit of {limit}")
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise InvalidProduct(f"the {what} {text!r} has control characters")


def check_name(reference: Reference, names: Mapping[ProductKey, str]) -> None:
    """Raises InvalidProduct where the product is known by another name."""
    known_as = names.get((reference.product_id, reference.store), reference.name)
    if known_as != reference.name:
        raise InvalidProduct(f"product {reference.product_id!r} is already called {known_as!r}, not {reference.name!r}")


def area(polygon: Polygon) -> float:
    """The area a polygon encloses, square pixels (shoelace formula)."""
    x, y = np.asarray(polygon, np.float64).T
    return float(abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2)


def masked(photo: Photo) -> Polygon | None:
    """The outline that a photo's transparency gives; None without any. Raises InvalidPhoto: transparent all over."""
    if photo.alpha is None or int(photo.alpha.min()) >= 128:
        return None
    traced = imaging.outline(photo.alpha)
    if traced is None:
        raise InvalidPhoto("the photo is transparent all over: there is no object in it")
    return traced


def depicted(photo: Photo, found: Sequence[Instance]) -> Polygon:
    """What a reference photo was taken of: the one object that stands out, else the whole photo."""
    whole = imaging.rectangle(0, 0, photo.width, photo.height)
    if not found:
        return whole
    areas = [area(instance.polygon) for instance in found]
    largest = int(np.argmax(areas))
    if areas[largest] < MIN_SHARE * photo.width * photo.height or areas[largest] < DOMINANCE * sum(areas):
        return whole
    return found[largest].polygon
