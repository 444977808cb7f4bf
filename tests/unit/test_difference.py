"""What one gallery version says that another does not say yet."""

from __future__ import annotations

from dataclasses import replace

from tillsight.domain.identifiers import rotation_angles, row_id
from tillsight.gallery.diff import RowMetadata, changed_photos, diff_contents, expected_contents

FACTS = RowMetadata("p", "Tea", "", True, 0, "{}")


def photo(name: str, rotations: int, facts: RowMetadata = FACTS) -> dict[str, RowMetadata]:
    return {row_id(name, degrees): replace(facts, degrees=degrees) for degrees in rotation_angles(rotations)}


def test_equal_galleries_differ_in_nothing() -> None:
    contents = {"a": photo("a", 4), "b": photo("b", 4)}
    assert diff_contents(contents, contents).size() == 0
    assert changed_photos(contents, contents) == set()


def test_an_empty_version_lacks_every_photo() -> None:
    contents = {"a": photo("a", 4), "b": photo("b", 4)}
    found = diff_contents(contents, {})
    assert (found.embed, found.relabel, found.remove) == (contents, {}, [])
    assert (found.size(), found.size(ignoring={"b"})) == (8, 4)


def test_what_is_edited_is_relabelled_and_what_is_gone_is_removed() -> None:
    held = {"a": photo("a", 2), "b": photo("b", 2), "c": photo("c", 2)}
    named, paused = replace(FACTS, name="Green tea"), replace(FACTS, active=False)
    want = {"a": photo("a", 2, named), "b": {**photo("b", 2), "b-180": replace(paused, degrees=180)}}
    found = diff_contents(want, held)
    assert found.embed == {}
    assert found.relabel == {**photo("a", 2, named), "b-180": replace(paused, degrees=180)}
    assert sorted(found.remove) == ["c-000", "c-180"]
    assert changed_photos(held, want) == {"a", "b", "c"}


def test_a_single_rotation_that_was_deleted_stays_away_at_the_same_number_of_rotations() -> None:
    rows = photo("a", 4)
    del rows["a-090"]
    assert expected_contents({"a": rows}, 4, 4) == {"a": rows}
    assert diff_contents({"a": rows}, {"a": photo("a", 4)}).remove == ["a-090"]


def test_at_another_number_of_rotations_each_row_says_what_the_nearest_said() -> None:
    rows = photo("a", 4)
    rows["a-270"] = replace(rows["a-270"], active=False)
    anew = expected_contents({"a": rows, "gone": {}}, 4, 8)
    assert list(anew) == ["a"]
    assert [row.degrees for row in anew["a"].values()] == rotation_angles(8)
    assert not anew["a"]["a-270"].active and anew["a"]["a-315"].active
    assert anew["a"]["a-000"].active and anew["a"]["a-090"].active
    assert list(expected_contents({"a": rows}, 4, 1)["a"]) == ["a-000"]


def test_a_row_made_by_hand_keeps_its_key() -> None:
    by_hand = {"by hand": {"by hand": FACTS}}
    assert diff_contents(expected_contents(by_hand, 4, 4), {}).embed == by_hand
    assert diff_contents({}, by_hand).remove == ["by hand"]
