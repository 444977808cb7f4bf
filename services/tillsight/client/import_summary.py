"""The outcome of every row of an import, and its progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tillsight.client.manifest import ManifestRow


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not enrolled, and why."""

    row: ManifestRow
    reason: str


@dataclass(slots=True)
class ImportSummary:
    """How many rows were enrolled, updated and unchanged, and which were refused; in a dry run, what would happen.

    `advance` is called with the number of rows whenever rows are finished.
    """

    enrolled: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[RefusedRow] = field(default_factory=list)
    advance: Callable[[int], None] = field(default=lambda count: None, repr=False, compare=False)

    @property
    def rows(self) -> int:
        """The number of finished rows."""
        return self.enrolled + self.updated + self.unchanged + len(self.refused)

    def add(self, *, enrolled: int = 0, updated: int = 0, unchanged: int = 0) -> None:
        """Count finished rows that were not refused."""
        self.enrolled += enrolled
        self.updated += updated
        self.unchanged += unchanged
        self.advance(enrolled + updated + unchanged)

    def refuse(self, row: ManifestRow, reason: str) -> None:
        """Record a refused row."""
        self.refused.append(RefusedRow(row, reason))
        self.advance(1)
