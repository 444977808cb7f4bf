"""The photo files that the rows of a manifest name."""

from __future__ import annotations

from tillsight.client.manifest import ManifestRow
from tillsight.domain.errors import InvalidInput, InvalidPhoto, InvalidProduct
from tillsight.domain.identifiers import compute_photo_id
from tillsight.domain.products import Reference
from tillsight.imaging.decoding import PhotoLimits, decode_photo
from tillsight.recognition.object_selection import polygon_from_alpha


def read_photo(row: ManifestRow, limits: PhotoLimits) -> bytes:
    """The bytes of a row's photo file. Raises InvalidPhoto if it is missing, unreadable or too large."""
    try:
        size = row.image.stat().st_size
        if size > limits.max_bytes:
            raise InvalidPhoto(f"{row.image}: the photo has {size} bytes, over the limit of {limits.max_bytes}")
        return row.image.read_bytes()
    except OSError as error:
        raise InvalidPhoto(f"{row.image}: {error.strerror}") from error


def photo_id_of(row: ManifestRow, limits: PhotoLimits) -> str | InvalidInput:
    """The photo id of a row, or the error that explains why it has none."""
    if row.fault:
        return InvalidProduct(row.fault)
    try:
        return compute_photo_id(Reference(row.product_id, row.name, read_photo(row, limits), row.store))
    except InvalidPhoto as error:
        return error


def photo_fault(row: ManifestRow, limits: PhotoLimits) -> str:
    """Why a row's photo cannot be enrolled; empty if it can."""
    try:
        polygon_from_alpha(decode_photo(read_photo(row, limits), limits))
    except InvalidPhoto as error:
        return str(error)
    return ""
