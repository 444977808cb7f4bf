"""What tells a label from the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ProductSpec:
    """All that tells a label from the others. `twin_of` is the label most easily taken for this one."""

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
    twin_of: int | None
    family: int
    brand_index: int
    size_rank: int
    width_mm: float
    height_mm: float


def attributes(spec: ProductSpec) -> dict[str, str | None]:
    """What gallery.csv tells of a product in its JSON column."""
    twin = f"p{spec.twin_of:05d}" if spec.twin_of is not None else None
    return {
        "kind": spec.kind,
        "brand": spec.brand,
        "flavour": spec.flavour,
        "size": spec.size,
        "group": spec.group,
        "twin_of": twin,
    }


def aspect(spec: ProductSpec) -> float:
    """Height over width of the pack's front."""
    return float(np.clip(spec.height_mm / spec.width_mm, 0.2, 5.0))
