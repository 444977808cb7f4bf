"""The photo that a manifest's row names."""

from __future__ import annotations

from tillsight import imaging
from tillsight.domain import Reference
from tillsight.errors import InvalidInput, InvalidPhoto, InvalidProduct
from tillsight.imaging import PhotoLimits
from tillsight.manifest import ManifestRow
from tillsight.reference import masked, photo_id


def read(row: ManifestRow, limits: PhotoLimits) -> bytes:
    """A row's photo, encoded. Raises InvalidPhoto where it is missing or has too many bytes."""
    try:
        size = row.image.stat().st_size
        if size > limits.max_bytes:
            raise InvalidPhoto(f"{row.image}: has {size} bytes, over the limit of {limits.max_bytes}")
        return row.image.read_bytes()
    except OSError as error:
        raise InvalidPhoto(f"{row.image}: {error.strerror}") from error


def identity(row: ManifestRow, limits: PhotoLimits) -> str | InvalidInput:
    """The photo id of a row, or why it has none."""
    if row.fault:
        return InvalidProduct(row.fault)
    try:
        return photo_id(Reference(row.product_id, row.name, read(row, limits), row.store))
    except InvalidPhoto as error:
        return error


def fault(row: ManifestRow, limits: PhotoLimits) -> str:
    """Why a row's photo cannot be enrolled; empty where it can."""
    try:
        masked(imaging.decode(read(row, limits), limits))
    except InvalidPhoto as error:
        return str(error)
    return ""
