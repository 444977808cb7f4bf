"""Colours stay in range, and ink is readable on its background."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from store.colours import BLACK, WHITE, adjust, hsv, luma, mix, readable_ink

channel = st.integers(0, 255)
colours = st.tuples(channel, channel, channel)


@given(st.floats(-5, 5), st.floats(-1, 2), st.floats(-1, 2))
def test_every_channel_of_a_colour_is_in_range(hue: float, saturation: float, value: float) -> None:
    assert all(0 <= one <= 255 for one in hsv(hue, saturation, value))


@given(colours)
def test_an_adjustment_by_nothing_keeps_the_colour_up_to_rounding(colour: tuple[int, int, int]) -> None:
    assert all(abs(one - other) <= 1 for one, other in zip(adjust(colour), colour, strict=True))


@given(colours, colours)
def test_a_mixture_goes_from_one_colour_to_the_other(one: tuple[int, int, int], other: tuple[int, int, int]) -> None:
    assert mix(one, other, 0.0) == one and mix(one, other, 1.0) == other
    between = mix(one, other, 0.5)
    assert all(min(a, b) <= c <= max(a, b) for a, b, c in zip(one, other, between, strict=True))


@given(colours, st.none() | colours)
def test_ink_has_contrast_to_its_background(
    background: tuple[int, int, int], tint: tuple[int, int, int] | None
) -> None:
    assert abs(luma(readable_ink(background, tint)) - luma(background)) > 50


def test_white_is_brighter_than_black() -> None:
    assert luma(WHITE) > 240 and luma(BLACK) < 30
