"""Glass jars, spice shakers, and cups, buckets and tubs."""

from __future__ import annotations

from store.artwork.design import design_of
from store.artwork.front import front
from store.catalogue.product_spec import ProductSpec
from store.colours import WHITE, adjust, hsv, mix
from store.graphics.lighting import View, apply_light
from store.graphics.pictograms import main_colour
from store.graphics.textures import smooth_noise, solid_colour
from store.packs.materials import METAL, screw_cap, stack_parts
from store.packs.surface_of_revolution import Profile, revolve
from store.random_streams import chance, stream
from tillsight.domain.arrays import Pixels


def jar(spec: ProductSpec, width: int, height: int, view: View) -> Pixels:
    """A glass jar or shaker: lid, content with lumps, a paper label. uint8 [height, width, 4] RGBA."""
    design = design_of(spec)
    rng = stream(spec.seed, "jar", spec.family)
    wrap = int(width * 1.2)
    tall = spec.form == "shaker"
    lid_share = 0.2 if tall else 0.15
    lid_colour = (
        (206, 170, 84)
        if chance(rng, 0.3)
        else (design.brand_colour if chance(rng, 0.6) else hsv(0, 0, rng.uniform(0.15, 0.95)))
    )
    content = solid_colour(height, wrap, adjust(main_colour(design.pictogram), value=0.9))
    lumps = smooth_noise(stream(spec.seed, "lumps", spec.family), height, wrap, 26, 20)
    content = apply_light(content, 1 + 0.3 * lumps)
    start = lid_share + (0.1 + 0.08 * rng.random())
    stop = 0.86 + 0.06 * rng.random()
    label = front(spec, wrap, int((stop - start) * height))
    body = stack_parts(
        [
            screw_cap(int(lid_share * height), wrap, lid_colour),
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
    """A yogurt cup, bucket or tub: tapered, with a foil or plastic lid. uint8 [height, width, 4] RGBA."""
    design = design_of(spec)
    rng = stream(spec.seed, "cup", spec.family)
    wrap = int(width * 1.15)
    foot = {"cup": 0.72, "bucket": 0.86, "tub": 0.94}[spec.form] + 0.05 * rng.random()
    lid_share = {"cup": 0.045, "bucket": 0.13, "tub": 0.16}[spec.form]
    lid_colour = (
        METAL if spec.form == "cup" else (design.brand_colour if chance(rng, 0.5) else mix(design.flavour, WHITE, 0.6))
    )
    top = solid_colour(max(3, int(lid_share * height)), wrap, lid_colour)
    top[-max(1, top.shape[0] // 4) :] = adjust(lid_colour, value=0.75)
    body = stack_parts([top, front(spec, wrap, height - top.shape[0])], height)
    profile: Profile = [(0, 1), (lid_share, 1), (lid_share + 0.01, 0.95), (1, foot)]
    return revolve(body, profile, width, view, gloss=0.3, bow=0.05)
