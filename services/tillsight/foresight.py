"""What will become of references, told from what the gallery holds, before their photos are looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tillsight.domain import Deadline, Foreseen, Outcome, ProductKey, Reference
from tillsight.errors import InvalidProduct
from tillsight.reference import check, check_name, row_ids


class LookedUpGallery(Protocol):
    """The gallery as it is looked up here. Each method raises Unavailable and DeadlineExceeded."""

    async def held(self, reference_ids: Sequence[str], deadline: Deadline) -> dict[str, Mapping[str, object]]:
        """Those of these rows the gallery holds, with their attributes."""

    async def names(self, product_ids: Sequence[str], deadline: Deadline) -> dict[ProductKey, str]:
        """The names of those of these products the gallery holds, by product key."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A reference, its position in the call and its photo id."""

    index: int
    reference: Reference
    identity: str


async def foresee(
    group: Sequence[Sent], gallery: LookedUpGallery, rotations: int, names: dict[ProductKey, str], deadline: Deadline
) -> list[Foreseen]:
    """What will become of each reference of a group, but for what its photo says.

    `names` are those given before in this call; the gallery's join them. Raises Unavailable, DeadlineExceeded.
    """
    rows = {sent.index: row_ids(sent.identity, rotations) for sent in group}
    faults = {sent.index: fault for sent in group if (fault := _fault(sent.reference))}
    sound = [sent for sent in group if sent.index not in faults]
    held: dict[str, Mapping[str, object]] = {}
    if sound:
        held, known = await asyncio.gather(
            gallery.held([row for sent in sound for row in rows[sent.index]], deadline),
            gallery.names(sorted({sent.reference.product_id for sent in sound}), deadline),
        )
        names.update(known)
    foreseen = []
    for sent in group:
        one = _one(sent.reference, faults.get(sent.index), [held.get(row) for row in rows[sent.index]], names)
        foreseen.append(one)
        if one.outcome is Outcome.UPDATED:  # and the photo may come again in this group
            held.update(dict.fromkeys(rows[sent.index], sent.reference.attributes))
    return foreseen


def _one(
    reference: Reference,
    fault: str | None,
    attributes: Sequence[Mapping[str, object] | None],
    names: Mapping[ProductKey, str],
) -> Foreseen:
    """What will become of a reference; `attributes` of its rows, None for one that is not there."""
    try:
        check_name(reference, names)
    except InvalidProduct as error:
        fault = fault or str(error)
    if fault:
        return Foreseen(Outcome.REFUSED, fault)
    if None in attributes:
        return Foreseen(Outcome.ENROLLED)
    same = all(one == reference.attributes for one in attributes)
    return Foreseen(Outcome.UNCHANGED if same else Outcome.UPDATED)


def _fault(reference: Reference) -> str:
    """What a reference lacks; empty where it lacks nothing."""
    try:
        check(reference)
    except InvalidProduct as error:
        return str(error)
    return ""
