"""Counters are drawn at any size and reproducibly."""

from __future__ import annotations

import numpy as np
import pytest

from store.random_streams import stream
from store.scenes import backgrounds


@pytest.mark.parametrize("kind", backgrounds.KINDS)
def test_each_counter_is_drawn_at_any_size_and_reproducibly(kind: str) -> None:
    one, other = (backgrounds.render(stream(7), 97, 131, kind) for _ in range(2))
    assert one.shape == (97, 131, 3) and one.dtype == np.uint8
    assert np.array_equal(one, other)


def test_an_unknown_counter_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown counter"):
        backgrounds.render(stream(0), 64, 64, "lava")
