"""The preflight of an import: rows are compared with each other and with the gallery."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support.pictures import BLUE, RED, counter, encode
from tillsight.client.import_preflight import ImportPreflight
from tillsight.client.import_summary import ImportSummary
from tillsight.client.manifest import ManifestRow
from tillsight.client.retry import Retry
from tillsight.imaging.decoding import PhotoLimits
from tillsight.v1 import catalogue_pb2

ENROLLED, UPDATED, UNCHANGED, REFUSED = (
    catalogue_pb2.OUTCOME_ENROLLED,
    catalogue_pb2.OUTCOME_UPDATED,
    catalogue_pb2.OUTCOME_UNCHANGED,
    catalogue_pb2.OUTCOME_REFUSED,
)


class FakeClient:
    """A service with an outcome for each product id; unknown products would be enrolled."""

    def __init__(self, **outcomes: int) -> None:
        self.outcomes = outcomes
        self.asked: list[str] = []

    def preflight(self, references: Sequence[catalogue_pb2.ReferenceToCheck]) -> list[catalogue_pb2.CheckedReference]:
        self.asked += [one.product_id for one in references]
        return [
            catalogue_pb2.CheckedReference(outcome=self.outcomes.get(one.product_id, ENROLLED), reason="refused there")
            for one in references
        ]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder with tea.png, milk.png and a file that is not a photo."""
    (tmp_path / "tea.png").write_bytes(encode(counter(((40, 20, 40, 40), RED))))
    (tmp_path / "milk.png").write_bytes(encode(counter(((40, 20, 40, 40), BLUE))))
    return tmp_path


@pytest.fixture
def readers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as readers:
        yield readers


def preflight_of(client: FakeClient, readers: ThreadPoolExecutor, dry_run: bool = False) -> ImportPreflight:
    return ImportPreflight(client, PhotoLimits(), ImportSummary(), Retry(), readers, dry_run=dry_run)  # type: ignore[arg-type]


def ids(rows: Sequence[ManifestRow]) -> list[str]:
    return [row.product_id for row in rows]


@pytest.mark.parametrize("dry_run", [False, True])
def test_photos_are_sent_of_rows_that_the_gallery_lacks_or_whose_attributes_changed(
    photos: Path, readers: ThreadPoolExecutor, dry_run: bool
) -> None:
    client = FakeClient(known=UNCHANGED, changed=UPDATED, wrong=REFUSED)
    rows = [
        ManifestRow(line, name, name, photos / "tea.png")
        for line, name in enumerate(("new", "known", "changed", "wrong"), start=2)
    ]
    preflight = preflight_of(client, readers, dry_run)
    assert ids(preflight.rows_to_send(rows)) == (["new"] if dry_run else ["new", "changed"])
    summary = preflight._summary
    assert (summary.unchanged, summary.updated, summary.enrolled) == (1, int(dry_run), 0)
    assert [(one.row.product_id, one.reason) for one in summary.refused] == [("wrong", "refused there")]


def test_a_row_that_contradicts_an_earlier_one_is_refused_with_its_line_and_the_service_is_not_asked(
    photos: Path, readers: ThreadPoolExecutor
) -> None:
    client = FakeClient()
    rows = [
        ManifestRow(2, "tea", "Tea", photos / "tea.png"),
        ManifestRow(3, "tea", "Chai", photos / "milk.png"),
        ManifestRow(4, "tea", "Tea", photos / "tea.png", attributes={"vat": 7}),
        ManifestRow(5, "tea", "Chai", photos / "tea.png", "north"),
        ManifestRow(6, "milk", "Milk", photos / "missing.png"),
        ManifestRow(7, "milk", "Milk", photos / "milk.png", fault="the attributes are not valid JSON"),
    ]
    preflight = preflight_of(client, readers)
    assert [row.line for row in preflight.rows_to_send(rows)] == [2, 5]
    reasons = {one.row.line: one.reason for one in preflight._summary.refused}
    assert reasons.keys() == {3, 4, 6, 7}
    assert "'Tea' in line 2" in reasons[3] and "other attributes in line 2" in reasons[4]
    assert "missing.png" in reasons[6] and "not valid JSON" in reasons[7]
    assert client.asked == ["tea", "tea"]


def test_a_row_that_repeats_an_earlier_one_gets_its_outcome_in_the_end(
    photos: Path, readers: ThreadPoolExecutor
) -> None:
    client = FakeClient(wrong=REFUSED)
    rows = [
        ManifestRow(line, name, name, photos / "tea.png")
        for line, name in enumerate(("new", "wrong", "new", "wrong"), start=2)
    ]
    preflight = preflight_of(client, readers)
    assert [row.line for row in preflight.rows_to_send(rows)] == [2]
    assert client.asked == ["new", "wrong"]
    preflight.count_duplicates()
    assert preflight._summary.unchanged == 1
    assert [one.row.line for one in preflight._summary.refused] == [3, 5]


def test_without_a_row_to_ask_about_the_service_is_not_called(photos: Path, readers: ThreadPoolExecutor) -> None:
    client = FakeClient()
    assert preflight_of(client, readers).rows_to_send([]) == []
    assert client.asked == []
