"""The properties of one product."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ProductSpec:
    """All properties of a product.

    `label` is its number in the store of `seed`. `kind` is the published kind of pack, `form` the pack shape that
    `store.products` draws. `noun` names what is in the pack. `group` says how the product differs from
    `confusable_with`, the label of the most similar product (None without one). `family` numbers the product family,
    whose members share their design; it is negative for produce: -1 - the index of the variety. `brand_index` is -1
    for produce. `size_rank` counts the family's sizes from 0, the smallest. Sizes of the pack's front in millimetres.
    """

    label: int
    seed: int
    product_id: str
    name: str
    kind: str
    form: str
    brand: str
    noun: str
    flavour: str
    size: str
    group: str
    confusable_with: int | None
    family: int
    brand_index: int
    size_rank: int
    width_mm: float
    height_mm: float


def attributes(spec: ProductSpec) -> dict[str, str | None]:
    """The JSON attributes of a product in gallery.csv; `confusable_with` is the id of the most confusable product."""
    most_confusable = f"p{spec.confusable_with:05d}" if spec.confusable_with is not None else None
    return {
        "kind": spec.kind,
        "brand": spec.brand,
        "flavour": spec.flavour,
        "size": spec.size,
        "group": spec.group,
        "confusable_with": most_confusable,
    }


def aspect(spec: ProductSpec) -> float:
    """Height over width of the pack's front, clipped to 0.2..5."""
    return float(np.clip(spec.height_mm / spec.width_mm, 0.2, 5.0))
