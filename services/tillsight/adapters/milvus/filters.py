"""Filters in Milvus's filter language."""

from __future__ import annotations

from collections.abc import Iterable

from tillsight.domain.identifiers import PHOTO_ID


def quoted(text: str) -> str:
    """Any text as a string literal of Milvus's filter language."""
    escaped = text.translate({ord("\\"): "\\\\", ord('"'): '\\"', ord("\n"): "\\n", ord("\r"): "\\r"})
    return f'"{escaped}"'


def any_of(field: str, texts: Iterable[str]) -> str:
    """The filter for rows whose field is one of these texts."""
    return f"{field} in [{', '.join(map(quoted, texts))}]"


def any_row_of(photo_ids: Iterable[str]) -> str:
    """The filter for all rows of photos, at any rotation. The id of a row made in a console is its own photo id."""
    photos = list(photo_ids)
    rotated = [f"reference_id like {quoted(photo + '-%')}" for photo in photos if PHOTO_ID.fullmatch(photo)]
    return " or ".join([any_of("reference_id", photos), *rotated])


def of_store(store: str) -> str:
    """The filter for a store's products: shared ones and its own."""
    return any_of("store", dict.fromkeys(("", store)))


def visible_to(store: str) -> str:
    """The filter for the products that a recognition call of a store may find."""
    return f"active == true and {of_store(store)}"
