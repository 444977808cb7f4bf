"""What makes a reference and a product valid."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tillsight.domain.errors import InvalidProduct
from tillsight.domain.identifiers import ProductKey
from tillsight.domain.limits import MAX_ATTRIBUTES_BYTES, MAX_ID_LENGTH, MAX_NAME_LENGTH
from tillsight.domain.products import Reference


def validate_reference(reference: Reference) -> None:
    """Raises InvalidProduct if a reference's product is invalid; the photo is not looked at."""
    validate_product(reference.product_id, reference.name, reference.store, reference.attributes)


def validate_product(product_id: str, name: str, store: str, attributes: Mapping[str, object]) -> None:
    """Raises InvalidProduct for an empty id or name, a text that is too long or has control characters, and attributes
    that are too large."""
    if not product_id.strip():
        raise InvalidProduct("the product id is empty: give every product an id")
    if not name.strip():
        raise InvalidProduct(f"product {product_id!r} has no name: give it one")
    for what, text, limit in (
        ("id", product_id, MAX_ID_LENGTH),
        ("name", name, MAX_NAME_LENGTH),
        ("store", store, MAX_ID_LENGTH),
    ):
        validate_text(what, text, limit)
    size = len(json.dumps(dict(attributes), ensure_ascii=False).encode())
    if size > MAX_ATTRIBUTES_BYTES:
        raise InvalidProduct(
            f"the attributes have {size} bytes as JSON, over the limit of {MAX_ATTRIBUTES_BYTES}: shorten them"
        )


def validate_text(what: str, text: str, limit: int) -> None:
    """Raises InvalidProduct for a text over `limit` UTF-8 bytes or with control characters (below 32, and 127)."""
    if len(text.encode()) > limit:
        raise InvalidProduct(
            f"the {what} {text[:40]!r}… has {len(text.encode())} bytes, over the limit of {limit}: shorten it"
        )
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise InvalidProduct(f"the {what} {text!r} has control characters: remove them")


def validate_name(reference: Reference, names: Mapping[ProductKey, str]) -> None:
    """Raises InvalidProduct if the product already has another name; `names` holds the known ones."""
    known_name = names.get((reference.product_id, reference.store), reference.name)
    if known_name != reference.name:
        raise InvalidProduct(
            f"product {reference.product_id!r} is already called {known_name!r}, not {reference.name!r}"
        )
