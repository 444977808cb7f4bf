"""Points of the segmenter's input in the photo."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tillsight.domain.geometry import LetterboxTransform

sides = st.integers(1, 5000)
shares = st.floats(0, 1)


@st.composite
def transforms(draw: st.DrawFn) -> LetterboxTransform:
    scale, left, top = draw(st.floats(0.05, 8)), draw(st.floats(0, 300)), draw(st.floats(0, 300))
    return LetterboxTransform(draw(sides), draw(sides), scale, left, top, draw(st.booleans()))


@given(transforms(), shares, shares)
def test_a_point_of_the_photo_comes_back_from_the_input(
    transform: LetterboxTransform, share_x: float, share_y: float
) -> None:
    x, y = share_x * transform.width, share_y * transform.height
    turned_x, turned_y = (y, transform.width - x) if transform.turned else (x, y)
    placed = [turned_x * transform.scale + transform.left, turned_y * transform.scale + transform.top]
    found = transform.to_photo(np.array([placed], np.float32))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[0], (x, y), atol=0.01 + 1e-3 / transform.scale)


@given(transforms(), st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=1, max_size=5))
def test_no_point_leaves_the_photo(transform: LetterboxTransform, points: list[tuple[float, float]]) -> None:
    found = transform.to_photo(np.array(points, np.float32))
    assert (found >= 0).all()
    assert (found <= [transform.width, transform.height]).all()
