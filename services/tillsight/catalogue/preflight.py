"""Preflight: what enrolment would do with references, decided from the gallery's rows without their photos."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tillsight.catalogue.ports import EditableGallery
from tillsight.catalogue.validation import validate_name, validate_reference
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import InvalidProduct
from tillsight.domain.identifiers import ProductKey, row_ids
from tillsight.domain.products import EnrolmentOutcome, PreflightResult, Reference


@dataclass(frozen=True, slots=True)
class IndexedReference:
    """A reference, its position in the call and its photo id."""

    index: int
    reference: Reference
    photo_id: str


async def preflight(
    group: Sequence[IndexedReference],
    gallery: EditableGallery,
    rotations: int,
    names: dict[ProductKey, str],
    deadline: Deadline,
) -> list[PreflightResult]:
    """What enrolment would do with each reference of a group, if its photo is readable.

    `names` are the product names that this call has used so far; the gallery's names are added to it. Raises
    Unavailable, DeadlineExceeded.
    """
    rows = {sent.index: row_ids(sent.photo_id, rotations) for sent in group}
    faults = {sent.index: fault for sent in group if (fault := _fault(sent.reference))}
    sound = [sent for sent in group if sent.index not in faults]
    existing: dict[str, Mapping[str, object]] = {}
    if sound:
        existing, known = await asyncio.gather(
            gallery.attributes_of([row for sent in sound for row in rows[sent.index]], deadline),
            gallery.names(sorted({sent.reference.product_id for sent in sound}), deadline),
        )
        names.update(known)
    results = []
    for sent in group:
        attributes = [existing.get(row) for row in rows[sent.index]]
        result = _preflight_one(sent.reference, faults.get(sent.index), attributes, names)
        results.append(result)
        if result.outcome is EnrolmentOutcome.UPDATED:  # and the photo may come again in this group
            existing.update(dict.fromkeys(rows[sent.index], sent.reference.attributes))
    return results


def _preflight_one(
    reference: Reference,
    fault: str | None,
    attributes: Sequence[Mapping[str, object] | None],
    names: Mapping[ProductKey, str],
) -> PreflightResult:
    """What enrolment would do with a reference; `attributes` are those of its rows, None for a missing row."""
    try:
        validate_name(reference, names)
    except InvalidProduct as error:
        fault = fault or str(error)
    if fault:
        return PreflightResult(EnrolmentOutcome.REFUSED, fault)
    if None in attributes:
        return PreflightResult(EnrolmentOutcome.ENROLLED)
    same = all(one == reference.attributes for one in attributes)
    return PreflightResult(EnrolmentOutcome.UNCHANGED if same else EnrolmentOutcome.UPDATED)


def _fault(reference: Reference) -> str:
    """Why a reference is invalid; empty if it is valid."""
    try:
        validate_reference(reference)
    except InvalidProduct as error:
        return str(error)
    return ""
