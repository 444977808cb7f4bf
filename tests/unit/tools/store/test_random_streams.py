"""Random streams depend on their seed and keys only."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from store.random_streams import chance, pick, stream

seeds = st.integers(0, 2**63)
keys = st.lists(st.one_of(st.text(), st.integers(-(2**31), 2**31)), max_size=4)


@given(seeds, keys)
def test_the_same_seed_and_keys_give_the_same_stream(seed: int, path: list[int | str]) -> None:
    np.testing.assert_array_equal(stream(seed, *path).random(4), stream(seed, *path).random(4))


@given(seeds, keys)
def test_another_seed_or_one_more_key_gives_another_stream(seed: int, path: list[int | str]) -> None:
    values = stream(seed, *path).random(4)
    assert (values != stream(seed + 1, *path).random(4)).any()
    assert (values != stream(seed, *path, 0).random(4)).any()


def test_a_pick_is_one_of_the_choices_and_a_chance_has_its_probability() -> None:
    random = stream(1, "picks")
    assert {pick(random, "a", "b", "c") for _ in range(100)} == {"a", "b", "c"}
    assert 150 < sum(chance(random, 0.2) for _ in range(1000)) < 250
    assert not chance(random, 0.0) and chance(random, 1.0)
