"""What one gallery version has to say and another does not say yet, photo by photo. Pure."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace

from tillsight.reference import angles, row_id


@dataclass(frozen=True, slots=True)
class RowFacts:
    """All that a row says besides its vector; `fields` are its free fields as JSON, keys in order."""

    product_id: str
    name: str
    store: str
    active: bool
    degrees: int
    fields: str


Contents = Mapping[str, Mapping[str, RowFacts]]
"""The rows of a gallery: by photo id, then by reference_id."""


@dataclass(slots=True)
class Difference:
    """What brings a gallery in line: rows to embed, by photo id; rows to relabel and to remove, by reference_id."""

    embed: dict[str, dict[str, RowFacts]] = field(default_factory=dict)
    relabel: dict[str, RowFacts] = field(default_factory=dict)
    remove: list[str] = field(default_factory=list)

    def size(self, besides: Container[str] = ()) -> int:
        """How many rows it touches, those of some photos not counted."""
        embed = sum(len(rows) for photo, rows in self.embed.items() if photo not in besides)
        return embed + len(self.relabel) + len(self.remove)


def wanted(contents: Contents, rotations: int, new_rotations: int) -> Contents:
    """The rows that a gallery's photos have in a version with another number of rotations.

    With the same number a single rotation that was removed stays away. With another number a photo has all of the
    new ones, and each says what the row nearest in angle says.
    """
    if rotations == new_rotations:
        return contents
    anew = angles(new_rotations)
    return {
        photo: {row_id(photo, degrees): replace(_nearest(rows, degrees), degrees=degrees) for degrees in anew}
        for photo, rows in contents.items()
        if rows
    }


def _nearest(rows: Mapping[str, RowFacts], degrees: int) -> RowFacts:
    def apart(row: RowFacts) -> tuple[int, int]:
        turn = abs(row.degrees - degrees) % 360
        return min(turn, 360 - turn), row.degrees

    return min(rows.values(), key=apart)


def difference(want: Contents, held: Contents) -> Difference:
    """What must change where `held` is to say what is wanted."""
    found = Difference()
    for photo, rows in want.items():
        there = held.get(photo, {})
        lacking = {row: facts for row, facts in rows.items() if row not in there}
        if lacking:
            found.embed[photo] = lacking
        found.relabel.update({row: facts for row, facts in rows.items() if row in there and there[row] != facts})
    for photo, rows in held.items():
        kept = want.get(photo, {})
        found.remove.extend(row for row in rows if row not in kept)
    return found


def changed(before: Contents, after: Contents) -> set[str]:
    """The photos that say something else than before, new and removed ones among them."""
    return {photo for photo in before.keys() | after.keys() if before.get(photo) != after.get(photo)}
