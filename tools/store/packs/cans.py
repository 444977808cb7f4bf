"""Drinks cans and food tins."""

from __future__ import annotations

from store.artwork.front import front
from store.catalogue.product_spec import ProductSpec
from store.graphics.lighting import View
from store.packs.materials import brushed_metal, stack_parts
from store.packs.surface_of_revolution import Profile, revolve
from tillsight.domain.arrays import Pixels


def can(spec: ProductSpec, width: int, height: int, view: View) -> Pixels:
    """A drinks can with necked ends. uint8 [height, width, 4] RGBA."""
    wrap = int(width * 1.2)
    body = stack_parts(
        [
            brushed_metal(int(0.055 * height), wrap),
            front(spec, wrap, int(0.885 * height)),
            brushed_metal(int(0.06 * height), wrap),
        ],
        height,
    )
    profile: Profile = [(0, 0.84), (0.03, 0.86), (0.05, 0.84), (0.115, 1), (0.925, 1), (0.975, 0.86), (1, 0.84)]
    return revolve(body, profile, width, view, gloss=0.5)


def tin(spec: ProductSpec, width: int, height: int, view: View) -> Pixels:
    """A food tin: a printed label between two rolled rims. uint8 [height, width, 4] RGBA."""
    wrap = int(width * 1.2)
    rim = int(0.05 * height)
    body = stack_parts(
        [brushed_metal(rim, wrap), front(spec, wrap, height - 2 * rim), brushed_metal(rim, wrap)], height
    )
    return revolve(
        body, [(0, 1), (0.045, 1), (0.055, 0.965), (0.945, 0.965), (0.955, 1), (1, 1)], width, view, gloss=0.34
    )
