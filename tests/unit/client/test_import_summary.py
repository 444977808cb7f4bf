"""The outcome of every row of an import, and its progress."""

from __future__ import annotations

from pathlib import Path

from tillsight.client.import_summary import ImportSummary, RefusedRow
from tillsight.client.manifest import ManifestRow

ROW = ManifestRow(2, "p-tea", "Tea", Path("tea.png"))


def test_every_finished_row_is_counted_once_and_advances_the_progress() -> None:
    advanced: list[int] = []
    summary = ImportSummary(advance=advanced.append)
    summary.add(enrolled=3, unchanged=1)
    summary.add(updated=2)
    summary.refuse(ROW, "no photo")
    assert (summary.enrolled, summary.updated, summary.unchanged) == (3, 2, 1)
    assert summary.refused == [RefusedRow(ROW, "no photo")]
    assert summary.rows == sum(advanced) == 7
    assert advanced == [4, 2, 1]
