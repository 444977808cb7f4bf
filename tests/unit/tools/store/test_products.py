"""A product is drawn reproducibly, at the size asked for, and differs from other products."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from store.products import describe, render

SEED = 3
SAMPLE = [*range(24), 1211, 9999, 24999]


def same_size_difference(one: np.ndarray, other: np.ndarray) -> float:
    """Mean absolute difference of two images on one canvas, grey levels 0..255."""
    height, width = max(one.shape[0], other.shape[0]), max(one.shape[1], other.shape[1])
    canvases = []
    for picture in (one, other):
        canvas = np.full((height, width, 3), 248.0)
        top, left = (height - picture.shape[0]) // 2, (width - picture.shape[1]) // 2
        cover = picture[..., 3:] / 255
        field = canvas[top : top + picture.shape[0], left : left + picture.shape[1]]
        field[:] = field * (1 - cover) + picture[..., :3] * cover
        canvases.append(canvas)
    return float(np.abs(canvases[0] - canvases[1]).mean())


def test_a_label_rendered_alone_equals_the_same_label_rendered_after_others() -> None:
    alone = render(describe(17, SEED), 96)
    for label in (3, 18, 5, 16):
        render(describe(label, SEED), 96, view_seed=9)
    assert np.array_equal(alone, render(describe(17, SEED), 96))


def test_another_view_of_a_label_is_another_image_and_is_reproducible() -> None:
    spec = describe(17, SEED)
    assert not np.array_equal(render(spec, 96, 1), render(spec, 96, 2))
    assert np.array_equal(render(spec, 96, 1), render(spec, 96, 1))


@pytest.mark.parametrize("label", SAMPLE)
def test_an_image_is_cropped_rgba_of_the_requested_size(label: int) -> None:
    picture = render(describe(label, SEED), 80)
    assert picture.dtype == np.uint8 and picture.shape[2] == 4
    assert max(picture.shape[:2]) == 80
    solid = picture[..., 3] > 60
    assert solid[0].any() and solid[-1].any() and solid[:, 0].any() and solid[:, -1].any()


def test_confusable_products_look_different() -> None:
    checked = 0
    for label in range(0, 400, 7):
        spec = describe(label, SEED)
        if spec.confusable_with is not None:
            own, other = render(spec, 128), render(describe(spec.confusable_with, SEED), 128)
            assert same_size_difference(own, other) > 0.8, f"{spec.name} looks like its confusable product"
            checked += 1
    assert checked > 20


def test_no_two_of_a_hundred_labels_render_alike() -> None:
    pictures = [render(describe(label, SEED), 64) for label in range(0, 1000, 10)]
    for one, other in itertools.combinations(pictures, 2):
        assert one.shape != other.shape or np.abs(one.astype(int) - other).mean() > 1.0


def test_a_size_too_small_to_print_on_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 32"):
        render(describe(0), 8)
