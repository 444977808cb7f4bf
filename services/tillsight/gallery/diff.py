"""The difference between two gallery versions, photo by photo. Pure."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace

from tillsight.domain.identifiers import rotation_angles, row_id


@dataclass(frozen=True, slots=True)
class RowMetadata:
    """All fields of a row besides its vector; `fields` are its dynamic fields as JSON with sorted keys."""

    product_id: str
    name: str
    store: str
    active: bool
    degrees: int
    fields: str


GalleryContents = Mapping[str, Mapping[str, RowMetadata]]
"""The metadata of a gallery's rows: by photo id, then by reference_id."""


@dataclass(slots=True)
class GalleryDiff:
    """What makes a gallery equal to another.

    `embed` holds the rows to embed by photo id; `relabel` the rows whose metadata changes and `remove` the rows to
    delete, both by reference_id.
    """

    embed: dict[str, dict[str, RowMetadata]] = field(default_factory=dict)
    relabel: dict[str, RowMetadata] = field(default_factory=dict)
    remove: list[str] = field(default_factory=list)

    def size(self, ignoring: Container[str] = ()) -> int:
        """How many rows it changes, without the rows to embed of the ignored photo ids."""
        embed = sum(len(rows) for photo, rows in self.embed.items() if photo not in ignoring)
        return embed + len(self.relabel) + len(self.remove)


def expected_contents(contents: GalleryContents, rotations: int, new_rotations: int) -> GalleryContents:
    """The rows that a gallery's photos have in a version with another number of rotations.

    With the same number, a single rotation that an editor removed stays removed. With another number, a photo gets
    all new rotations, and each takes the metadata of the old row nearest in angle.
    """
    if rotations == new_rotations:
        return contents
    angles = rotation_angles(new_rotations)
    return {
        photo: {row_id(photo, degrees): replace(_nearest(rows, degrees), degrees=degrees) for degrees in angles}
        for photo, rows in contents.items()
        if rows
    }


def _nearest(rows: Mapping[str, RowMetadata], degrees: int) -> RowMetadata:
    def distance(row: RowMetadata) -> tuple[int, int]:
        turn = abs(row.degrees - degrees) % 360
        return min(turn, 360 - turn), row.degrees

    return min(rows.values(), key=distance)


def diff_contents(expected: GalleryContents, actual: GalleryContents) -> GalleryDiff:
    """What must change in `actual` to make it equal to `expected`."""
    diff = GalleryDiff()
    for photo, rows in expected.items():
        existing = actual.get(photo, {})
        lacking = {row: metadata for row, metadata in rows.items() if row not in existing}
        if lacking:
            diff.embed[photo] = lacking
        diff.relabel.update(
            {row: metadata for row, metadata in rows.items() if row in existing and existing[row] != metadata}
        )
    for photo, rows in actual.items():
        kept = expected.get(photo, {})
        diff.remove.extend(row for row in rows if row not in kept)
    return diff


def changed_photos(before: GalleryContents, after: GalleryContents) -> set[str]:
    """The ids of photos whose rows changed, including new and removed photos."""
    return {photo for photo in before.keys() | after.keys() if before.get(photo) != after.get(photo)}
