"""Parts of HTML reports."""

from __future__ import annotations

import numpy as np

from runtime.html_report import curves, page, picture, smooth


def test_a_picture_is_inside_the_page() -> None:
    image = picture(np.zeros((40, 80, 3), np.uint8), 20)

    assert image.startswith('<img alt="" width=20 src="data:image/jpeg;base64,')


def test_titles_and_names_are_escaped() -> None:
    assert "<title>a &lt; b</title>" in page("a < b", "")
    assert "a &lt; b" in curves([0.0, 1.0], {"a < b": [1.0, 2.0]})


def test_a_running_mean_starts_with_the_first_value() -> None:
    assert smooth([1.0, 3.0, 5.0, 7.0], window=2) == [1.0, 2.0, 4.0, 6.0]
