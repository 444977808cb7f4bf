"""Drinks bottles and squeeze bottles."""

from __future__ import annotations

import numpy as np

from store.artwork.design import design_of
from store.artwork.front import front
from store.catalogue.product_spec import ProductSpec
from store.colours import WHITE, Colour, adjust, mix
from store.graphics.lighting import View, apply_light
from store.graphics.pictograms import main_colour
from store.graphics.textures import solid_colour
from store.packs.materials import screw_cap, stack_parts
from store.packs.surface_of_revolution import Profile, revolve
from store.random_streams import chance, stream
from tillsight.domain.arrays import Pixels


def bottle(spec: ProductSpec, width: int, height: int, view: View) -> Pixels:
    """A drinks or oil bottle; its content shows above and below the label. uint8 [height, width, 4] RGBA."""
    design = design_of(spec)
    rng = stream(spec.seed, "bottle", spec.family)
    content: Colour = {
        "Water": (206, 228, 240),
        "Cola": (46, 24, 20),
        "Milk": (244, 242, 234),
        "Olive Oil": (170, 160, 40),
    }.get(spec.noun, adjust(main_colour(design.pictogram), value=0.95))
    wrap = int(width * 1.2)
    cap, start, stop = 0.07, 0.36 + 0.06 * rng.random(), 0.8 + 0.1 * rng.random()
    glass = solid_colour(int((start - cap) * height), wrap, content)
    top_air = int(glass.shape[0] * 0.3)
    glass[:top_air] = mix(content, WHITE, 0.45)
    band = slice(int(glass.shape[0] * 0.3), int(glass.shape[0] * 0.48))
    glass[band] = design.flavour  # a neck label
    glass[band][:2] = glass[band][-2:] = design.flavour_light
    label = front(spec, wrap, int((stop - start) * height))
    label[:2] = label[-2:] = adjust(design.base, value=0.7)
    foot = solid_colour(height, wrap, adjust(content, value=0.92))
    if chance(rng, 0.4):
        foot = apply_light(foot, (1 + 0.12 * np.sin(np.arange(height) / height * 120)).astype(np.float32)[:, None])
    body = stack_parts(
        [
            screw_cap(int(cap * height), wrap, design.brand_colour if chance(rng, 0.6) else design.flavour),
            glass,
            label,
            foot,
        ],
        height,
    )
    neck, shoulder = 0.3 + 0.1 * rng.random(), 0.26 + 0.1 * rng.random()
    waist = 0.9 + 0.1 * rng.random()
    profile: Profile = [
        (0, neck),
        (cap, neck),
        (cap + 0.005, neck * 0.86),
        (0.13, neck * 0.86),
        (0.13 + (shoulder - 0.13) * 0.5, 0.68),
        (shoulder, 0.97),
        (start, 1),
        (stop, 1),
        (stop + 0.03, waist),
        (0.95, 1),
        (1, 0.9),
    ]
    return revolve(body, profile, width, view, gloss=0.6)


def squeeze_bottle(spec: ProductSpec, width: int, height: int, view: View) -> Pixels:
    """A plastic bottle with a broad cap, for detergent, shampoo or ketchup. uint8 [height, width, 4] RGBA."""
    design = design_of(spec)
    rng = stream(spec.seed, "squeeze", spec.family)
    cap_down = chance(rng, 0.3)
    wrap = int(width * 1.1)
    coloured = chance(rng, 0.6)
    plastic, cap_colour = (
        (design.flavour, design.brand_colour) if coloured else (mix(design.flavour, WHITE, 0.8), design.flavour)
    )
    cap = 0.1 + 0.06 * rng.random()
    label = front(spec, wrap, int((0.9 - cap - 0.12) * height))
    parts = [solid_colour(int(0.11 * height), wrap, plastic), label, solid_colour(height, wrap, plastic)]
    cap_part = apply_light(
        solid_colour(int(cap * height), wrap, cap_colour),
        np.linspace(1.1, 0.85, int(cap * height), dtype=np.float32)[:, None],
    )
    neck = 0.34 + 0.3 * rng.random()
    if cap_down:
        body = np.concatenate([stack_parts([parts[0], label, parts[2]], height - cap_part.shape[0]), cap_part])
        profile: Profile = [
            (0, 0.72),
            (0.03, 0.9),
            (0.12, 1),
            (0.7, 0.94),
            (1 - cap - 0.01, 0.7),
            (1 - cap, 0.62 + neck * 0.3),
            (1, 0.62 + neck * 0.3),
        ]
    else:
        body = stack_parts([cap_part, *parts], height)
        profile = [
            (0, neck * 0.9),
            (cap, neck),
            (cap + 0.01, neck * 0.8),
            (cap + 0.03, neck * 0.9),
            (cap + 0.12, 0.98),
            (0.5, 1 - 0.1 * rng.random()),
            (0.95, 1),
            (1, 0.93),
        ]
    return revolve(body, profile, width, view, gloss=0.45, bow=0.015, flatness=0.7)
