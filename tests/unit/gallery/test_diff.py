"""The difference between two gallery versions."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tillsight.domain.identifiers import rotation_angles, row_id
from tillsight.gallery.diff import (
    GalleryContents,
    GalleryDiff,
    RowMetadata,
    changed_photos,
    diff_contents,
    expected_contents,
)

METADATA = RowMetadata("p", "Tea", "", True, 0, "{}")


def photo(name: str, rotations: int, metadata: RowMetadata = METADATA) -> dict[str, RowMetadata]:
    return {row_id(name, degrees): replace(metadata, degrees=degrees) for degrees in rotation_angles(rotations)}


def test_equal_galleries_differ_in_nothing() -> None:
    contents = {"a": photo("a", 4), "b": photo("b", 4)}
    assert diff_contents(contents, contents).size() == 0
    assert changed_photos(contents, contents) == set()


def test_an_empty_version_lacks_every_photo() -> None:
    contents = {"a": photo("a", 4), "b": photo("b", 4)}
    found = diff_contents(contents, {})
    assert (found.embed, found.relabel, found.remove) == (contents, {}, [])
    assert (found.size(), found.size(ignoring={"b"})) == (8, 4)


def test_edited_rows_are_relabelled_and_deleted_rows_are_removed() -> None:
    actual_rows = {"a": photo("a", 2), "b": photo("b", 2), "c": photo("c", 2)}
    named, paused = replace(METADATA, name="Green tea"), replace(METADATA, active=False)
    expected_rows = {"a": photo("a", 2, named), "b": {**photo("b", 2), "b-180": replace(paused, degrees=180)}}
    found = diff_contents(expected_rows, actual_rows)
    assert found.embed == {}
    assert found.relabel == {**photo("a", 2, named), "b-180": replace(paused, degrees=180)}
    assert sorted(found.remove) == ["c-000", "c-180"]
    assert changed_photos(actual_rows, expected_rows) == {"a", "b", "c"}


def test_a_deleted_rotation_stays_deleted_at_the_same_number_of_rotations() -> None:
    rows = photo("a", 4)
    del rows["a-090"]
    assert expected_contents({"a": rows}, 4, 4) == {"a": rows}
    assert diff_contents({"a": rows}, {"a": photo("a", 4)}).remove == ["a-090"]


def test_at_another_number_of_rotations_each_row_takes_the_metadata_of_the_nearest() -> None:
    rows = photo("a", 4)
    rows["a-270"] = replace(rows["a-270"], active=False)
    expected = expected_contents({"a": rows, "gone": {}}, 4, 8)
    assert list(expected) == ["a"]
    assert [row.degrees for row in expected["a"].values()] == rotation_angles(8)
    assert not expected["a"]["a-270"].active and expected["a"]["a-315"].active
    assert expected["a"]["a-000"].active and expected["a"]["a-090"].active
    assert list(expected_contents({"a": rows}, 4, 1)["a"]) == ["a-000"]


def test_a_row_made_by_hand_keeps_its_key() -> None:
    by_hand = {"by hand": {"by hand": METADATA}}
    assert diff_contents(expected_contents(by_hand, 4, 4), {}).embed == by_hand
    assert diff_contents({}, by_hand).remove == ["by hand"]


any_metadata = st.builds(
    RowMetadata,
    st.sampled_from("pq"),
    st.sampled_from(["Tea", "Milk"]),
    st.just(""),
    st.booleans(),
    st.just(0),
    st.just("{}"),
)
photo_ids = st.sampled_from("abc")
any_contents = st.dictionaries(
    photo_ids, st.dictionaries(st.sampled_from([0, 90, 180]), any_metadata, min_size=1), max_size=3
).map(
    lambda found: {
        photo: {row_id(photo, degrees): row for degrees, row in rows.items()} for photo, rows in found.items()
    }
)


def applied(diff: GalleryDiff, actual: GalleryContents) -> dict[str, RowMetadata]:
    """The rows of `actual` after a diff, by reference id."""
    rows = {row: found for photo in actual.values() for row, found in photo.items() if row not in diff.remove}
    assert diff.relabel.keys() <= rows.keys(), "only rows that exist are relabelled"
    embedded = {row: found for photo in diff.embed.values() for row, found in photo.items()}
    assert not embedded.keys() & rows.keys(), "only rows that do not exist are embedded"
    return {**rows, **diff.relabel, **embedded}


@given(any_contents, any_contents)
def test_applying_a_diff_gives_the_expected_contents(expected: GalleryContents, actual: GalleryContents) -> None:
    rows = {row: found for photo in expected.values() for row, found in photo.items()}
    assert applied(diff_contents(expected, actual), actual) == rows


@given(any_contents, any_contents)
def test_a_diff_has_no_size_exactly_if_no_photo_changed(before: GalleryContents, after: GalleryContents) -> None:
    assert (diff_contents(after, before).size() == 0) == (changed_photos(before, after) == set())
