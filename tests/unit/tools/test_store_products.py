"""The store's labels: addressable one by one, reproducible, told apart."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from store.assortment import BLOCK, PLANS
from store.products import MAX_LABELS, describe, render
from store.varieties import VARIETIES
from store.words import FLAVOURS, SHARED_PICTOGRAMS

SEED = 3
SAMPLE = [*range(24), 1211, 9999, 24999]


def same_size_difference(one: np.ndarray, other: np.ndarray) -> float:
    """Mean absolute difference of two pictures on one canvas, levels 0..255."""
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


def test_every_plan_fills_its_block_and_ends_with_a_single() -> None:
    for plan in PLANS:
        assert sum(flavours * sizes for flavours, sizes in plan) == BLOCK
        assert plan[-1] == (1, 1)


def test_a_label_rendered_alone_equals_the_same_label_rendered_after_others() -> None:
    alone = render(describe(17, SEED), 96)
    for label in (3, 18, 5, 16):
        render(describe(label, SEED), 96, view_seed=9)
    assert np.array_equal(alone, render(describe(17, SEED), 96))


def test_another_view_of_a_label_is_another_picture_and_is_reproducible() -> None:
    spec = describe(17, SEED)
    assert not np.array_equal(render(spec, 96, 1), render(spec, 96, 2))
    assert np.array_equal(render(spec, 96, 1), render(spec, 96, 1))


def test_another_seed_is_another_store() -> None:
    assert describe(0, 1).name != describe(0, 2).name


@pytest.mark.parametrize("label", SAMPLE)
def test_a_picture_is_tight_rgba_of_the_size_asked_for(label: int) -> None:
    picture = render(describe(label, SEED), 80)
    assert picture.dtype == np.uint8 and picture.shape[2] == 4
    assert max(picture.shape[:2]) == 80
    solid = picture[..., 3] > 60
    assert solid[0].any() and solid[-1].any() and solid[:, 0].any() and solid[:, -1].any()


def test_names_and_ids_of_labels_never_repeat() -> None:
    specs = [describe(label, SEED) for label in range(4000)]
    assert len({s.name for s in specs}) == len({s.product_id for s in specs}) == 4000


def test_a_twin_points_to_a_sibling_that_differs_as_its_group_says() -> None:
    for label in range(600):
        spec = describe(label, SEED)
        if spec.twin_of is None:
            assert spec.group == "single"
            continue
        twin = describe(spec.twin_of, SEED)
        assert twin.label != label
        if spec.group == "same-brand-other-flavour":
            assert (twin.brand, twin.noun, twin.size) == (spec.brand, spec.noun, spec.size)
            assert twin.flavour != spec.flavour
        elif spec.group == "same-pack-other-size":
            assert (twin.brand, twin.noun, twin.flavour) == (spec.brand, spec.noun, spec.flavour)
            assert twin.size != spec.size and twin.height_mm != spec.height_mm
        else:
            assert spec.group == "same-fruit-other-variety"
            assert twin.noun == spec.noun and twin.flavour != spec.flavour


def test_flavours_that_share_a_picture_show_it_in_their_own_colour() -> None:
    shared = [f for f, (picture, _, _) in FLAVOURS.items() if picture in SHARED_PICTOGRAMS]
    colours = [FLAVOURS[f][:2] for f in shared]
    assert len(shared) > 10 and len(set(colours)) == len(colours)


def test_all_three_groups_of_twins_are_in_the_first_hundred_labels() -> None:
    groups = {describe(label, SEED).group for label in range(100)}
    assert {"same-brand-other-flavour", "same-pack-other-size", "same-fruit-other-variety", "single"} <= groups


def test_near_twins_look_different() -> None:
    checked = 0
    for label in range(0, 400, 7):
        spec = describe(label, SEED)
        if spec.twin_of is not None:
            mine, theirs = render(spec, 128), render(describe(spec.twin_of, SEED), 128)
            assert same_size_difference(mine, theirs) > 0.8, f"{spec.name} looks like its twin"
            checked += 1
    assert checked > 20


def test_no_two_of_a_hundred_labels_render_alike() -> None:
    pictures = [render(describe(label, SEED), 64) for label in range(0, 1000, 10)]
    for one, other in itertools.combinations(pictures, 2):
        assert one.shape != other.shape or np.abs(one.astype(int) - other).mean() > 1.0


def test_loose_produce_has_its_own_labels_and_no_variety_is_sold_twice() -> None:
    loose = [describe(block * BLOCK + BLOCK - 1, SEED) for block in range(len(VARIETIES) + 2)]
    sold = [s for s in loose if s.kind == "produce"]
    assert len(sold) == len(VARIETIES) == len({s.name for s in sold})


def test_a_label_outside_the_store_is_refused() -> None:
    for label in (-1, MAX_LABELS):
        with pytest.raises(ValueError, match="outside the store"):
            describe(label)


def test_a_size_too_small_to_print_on_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 32"):
        render(describe(0), 8)
