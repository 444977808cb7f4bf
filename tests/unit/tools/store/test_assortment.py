"""Each label has its own product, computed without the other labels."""

from __future__ import annotations

import pytest

from store.catalogue.assortment import LABELS_PER_BLOCK, MAX_LABELS, PLANS, describe
from store.catalogue.produce_varieties import VARIETIES

SEED = 3


def test_every_plan_fills_its_block_and_ends_with_a_single() -> None:
    for plan in PLANS:
        assert sum(flavours * sizes for flavours, sizes in plan) == LABELS_PER_BLOCK
        assert plan[-1] == (1, 1)


def test_another_seed_is_another_store() -> None:
    assert describe(0, 1).name != describe(0, 2).name


def test_names_and_ids_of_labels_never_repeat() -> None:
    specs = [describe(label, SEED) for label in range(4000)]
    assert len({s.name for s in specs}) == len({s.product_id for s in specs}) == 4000


def test_a_confusable_product_is_a_sibling_that_differs_as_its_group_says() -> None:
    for label in range(600):
        spec = describe(label, SEED)
        if spec.confusable_with is None:
            assert spec.group == "single"
            continue
        confusable = describe(spec.confusable_with, SEED)
        assert confusable.label != label
        if spec.group == "same-brand-other-flavour":
            assert (confusable.brand, confusable.noun, confusable.size) == (spec.brand, spec.noun, spec.size)
            assert confusable.flavour != spec.flavour
        elif spec.group == "same-pack-other-size":
            assert (confusable.brand, confusable.noun, confusable.flavour) == (spec.brand, spec.noun, spec.flavour)
            assert confusable.size != spec.size and confusable.height_mm != spec.height_mm
        else:
            assert spec.group == "same-fruit-other-variety"
            assert confusable.noun == spec.noun and confusable.flavour != spec.flavour


def test_all_three_groups_of_confusable_products_are_in_the_first_hundred_labels() -> None:
    groups = {describe(label, SEED).group for label in range(100)}
    assert {"same-brand-other-flavour", "same-pack-other-size", "same-fruit-other-variety", "single"} <= groups


def test_loose_produce_has_its_own_labels_and_no_variety_is_sold_twice() -> None:
    loose = [describe(block * LABELS_PER_BLOCK + LABELS_PER_BLOCK - 1, SEED) for block in range(len(VARIETIES) + 2)]
    sold = [s for s in loose if s.kind == "produce"]
    assert len(sold) == len(VARIETIES) == len({s.name for s in sold})


def test_a_label_outside_the_store_is_refused() -> None:
    for label in (-1, MAX_LABELS):
        with pytest.raises(ValueError, match="outside the store"):
            describe(label)
