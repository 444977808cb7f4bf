"""Cans, tins, bottles, jars and cups: bodies of revolution with a printed label."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from store.artwork import front
from store.colours import WHITE, Colour, hsv, mix, turn
from store.design import design_of
from store.materials import METAL, content_colour, metal, ribbed, stacked
from store.seeding import chance, stream
from store.shading import View, flat, lit, revolve, smooth_noise
from store.spec import ProductSpec

Pixels = npt.NDArray[np.uint8]
Profile = list[tuple[float, float]]


def can(spec: ProductSpec, width: int, height: int, view: View) -> Pixels:
    """A drinks can with its necked ends."""
    wrap = int(width * 1.2)
    body = stacked(
        [metal(int(0.055 * height), wrap), front(spec, wrap, int(0.885 * height)), metal(int(0.06 * height), wrap)],
        height,
    )
    profile: Profile = [(0, 0.84), (0.03, 0.86), (0.05, 0.84), (0.115, 1), (0.925, 1), (0.975, 0.86), (1, 0.84)]
    return revolve(body, profile, width, view, gloss=0.5)


def tin(spec: ProductSpec, width: int, height: int, view: View) -> Pixels:
    """A food tin: paper or print between two rolled rims."""
    wrap = int(width * 1.2)
    rim = int(0.05 * height)
    body = stacked([metal(rim, wrap), front(spec, wrap, height - 2 * rim), metal(rim, wrap)], height)
    return revolve(
        body, [(0, 1), (0.045, 1), (0.055, 0.965), (0.945, 0.965), (0.955, 1), (1, 1)], width, view, gloss=0.34
    )


def bottle(spec: ProductSpec, width: int, height: int, view: View) -> Pixels:
    """A drinks or oil bottle, its content showing above and below the label."""
    look = design_of(spec)
    rng = stream(spec.seed, "bottle", spec.family)
    content: Colour = {
        "Water": (206, 228, 240),
        "Cola": (46, 24, 20),
        "Milk": (244, 242, 234),
        "Olive Oil": (170, 160, 40),
    }.get(spec.noun, turn(content_colour(look.pictogram), value=0.95))
    wrap = int(width * 1.2)
    cap, start, stop = 0.07, 0.36 + 0.06 * rng.random(), 0.8 + 0.1 * rng.random()
    glass = flat(int((start - cap) * height), wrap, content)
    top_air = int(glass.shape[0] * 0.3)
    glass[:top_air] = mix(content, WHITE, 0.45)
    band = slice(int(glass.shape[0] * 0.3), int(glass.shape[0] * 0.48))
    glass[band] = look.flavour  # a neck label
    glass[band][:2] = glass[band][-2:] = look.flavour_light
    label = front(spec, wrap, int((stop - start) * height))
    label[:2] = label[-2:] = turn(look.base, value=0.7)
    foot = flat(height, wrap, turn(content, value=0.92))
    if chance(rng, 0.4):
        foot = lit(foot, (1 + 0.12 * np.sin(np.arange(height) / height * 120)).astype(np.float32)[:, None])
    body = stacked(
        [ribbed(int(cap * height), wrap, look.brand_colour if chance(rng, 0.6) else look.flavour), glass, label, foot],
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


def squeeze(spec: ProductSpec, width: int, height: int, view: View) -> Pixels:
    """A plastic bottle with a broad cap: detergent, shampoo, ketchup."""
    look = design_of(spec)
    rng = stream(spec.seed, "squeeze", spec.family)
    upside = chance(rng, 0.3)
    wrap = int(width * 1.1)
    tinted = chance(rng, 0.6)
    plastic, stopper = (look.flavour, look.brand_colour) if tinted else (mix(look.flavour, WHITE, 0.8), look.flavour)
    cap = 0.1 + 0.06 * rng.random()
    label = front(spec, wrap, int((0.9 - cap - 0.12) * height))
    parts = [flat(int(0.11 * height), wrap, plastic), label, flat(height, wrap, plastic)]
    cap_part = lit(
        flat(int(cap * height), wrap, stopper),
        np.linspace(1.1, 0.85, int(cap * height), dtype=np.float32)[:, None],
    )
    neck = 0.34 + 0.3 * rng.random()
    if upside:
        body = np.concatenate([stacked([parts[0], label, parts[2]], height - cap_part.shape[0]), cap_part])
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
        body = stacked([cap_part, *parts], height)
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


def jar(spec: ProductSpec, width: int, height: int, view: View) -> Pixels:
    """A glass jar: lid, content with lumps, a paper label."""
    look = design_of(spec)
    rng = stream(spec.seed, "jar", spec.family)
    wrap = int(width * 1.2)
    tall = spec.form == "shaker"
    lid_share = 0.2 if tall else 0.15
    lid_colour = (
        (206, 170, 84)
        if chance(rng, 0.3)
        else (look.brand_colour if chance(rng, 0.6) else hsv(0, 0, rng.uniform(0.15, 0.95)))
    )
    content = flat(height, wrap, turn(content_colour(look.pictogram), value=0.9))
    lumps = smooth_noise(stream(spec.seed, "lumps", spec.family), height, wrap, 26, 20)
    content = lit(content, 1 + 0.3 * lumps)
    start = lid_share + (0.1 + 0.08 * rng.random())
    stop = 0.86 + 0.06 * rng.random()
    label = front(spec, wrap, int((stop - start) * height))
    body = stacked(
        [
            ribbed(int(lid_share * height), wrap, lid_colour),
            content[: int((start - lid_share) * height)],
            label,
            content,
        ],
        height,
    )
    profile: Profile = [
        (0, 0.86),
        (0.02, 0.9),
        (lid_share, 0.9),
        (lid_share + 0.01, 0.82),
        (lid_share + 0.04, 0.86),
        (lid_share + 0.1, 0.99),
        (0.5, 1),
        (0.93, 1),
        (1, 0.9),
    ]
    return revolve(body, profile, width, view, gloss=0.6)


def cup(spec: ProductSpec, width: int, height: int, view: View) -> Pixels:
    """A yogurt cup, bucket or nut tub: tapered, with a foil or plastic lid."""
    look = design_of(spec)
    rng = stream(spec.seed, "cup", spec.family)
    wrap = int(width * 1.15)
    foot = {"cup": 0.72, "bucket": 0.86, "tub": 0.94}[spec.form] + 0.05 * rng.random()
    lid_share = {"cup": 0.045, "bucket": 0.13, "tub": 0.16}[spec.form]
    lid_colour = (
        METAL if spec.form == "cup" else (look.brand_colour if chance(rng, 0.5) else mix(look.flavour, WHITE, 0.6))
    )
    top = flat(max(3, int(lid_share * height)), wrap, lid_colour)
    top[-max(1, top.shape[0] // 4) :] = turn(lid_colour, value=0.75)
    body = stacked([top, front(spec, wrap, height - top.shape[0])], height)
    profile: Profile = [(0, 1), (lid_share, 1), (lid_share + 0.01, 0.95), (1, foot)]
    return revolve(body, profile, width, view, gloss=0.3, bow=0.05)
