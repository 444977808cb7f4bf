"""The design of a product family: drawn at random once from its brand and family, shared by its members."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from store.catalogue.flavours import FLAVOURS, SHARED_PICTOGRAMS
from store.catalogue.product_spec import ProductSpec
from store.colours import CREAM, WHITE, Colour, adjust, hsv, mix
from store.graphics.panels import PANELS
from store.graphics.patterns import PATTERNS
from store.graphics.typography import BRAND_FONTS
from store.random_streams import chance, pick, stream

LAYOUT_NAMES = ("band", "split", "frame", "stripe", "minimal", "pile", "wave", "sidebar", "medallion", "diagonal")
PICTURE_ARRANGEMENTS = ("single", "single", "pair", "ring", "heap", "row")


@dataclass(frozen=True)
class Design:
    """What the front of a pack looks like. Colours are final.

    Prefix `brand_`: the lettering of the brand name. `panel`: the shape behind the brand name. `base` and `second`: the
    main colours. `picture`: the arrangement of the `pictogram`, in its own colour or `tint`. `pattern` and `pitch`: the
    background pattern and its period as a fraction of the width. `print_block`: which extra is printed beside the
    weight, and the shape behind the flavour. `layout_shift`: offsets in -1..1 that layouts scale.
    `has_size_banner`: larger sizes carry a corner banner. `print_along_length`: on a long narrow pack, the print runs
    along its length.
    """

    layout: str
    brand_font: str
    brand_stretch: float
    brand_arch: float
    brand_tilt: float
    brand_uppercase: bool
    brand_colour: Colour
    brand_ink: Colour
    brand_outline: Colour
    panel: str
    base: Colour
    second: Colour
    flavour: Colour
    flavour_light: Colour
    picture: str
    pictogram: str
    tint: Colour | None
    pattern: str
    pitch: float
    noun_font: str
    flavour_font: str
    badge: str
    badge_left: bool
    badge_points: int
    slogan: str
    print_block: int
    layout_shift: tuple[float, float, float]
    has_size_banner: bool
    print_along_length: bool


def design_of(spec: ProductSpec) -> Design:
    """The design of a product: its family's style in the colours of its flavour. All sizes have the same design."""
    brand_rng = stream(spec.seed, "brand", spec.brand_index)
    rng = stream(spec.seed, "design", spec.family)
    pictogram, main, accent = FLAVOURS[spec.flavour]
    # the pictogram takes this colour, not the family's own shade of it below: pictograms are cached by tint
    flavour_colour = main
    brand_colour = hsv(brand_rng.random(), brand_rng.uniform(0.6, 0.95), brand_rng.uniform(0.35, 0.85))
    light_letters = chance(brand_rng, 0.6)
    font, stretch = pick(brand_rng, *BRAND_FONTS), brand_rng.uniform(0.78, 1.2)
    arch, tilt = _random_arch(brand_rng), float(brand_rng.choice([0.0, 0.0, 0.0, 6.0, 12.0]))
    uppercase, panel_shape = chance(brand_rng, 0.45), pick(brand_rng, *PANELS)
    base_kind = pick(rng, "flavour", "flavour", "brand", "white", "cream", "dark", "pastel")
    main = adjust(
        main, hue=rng.uniform(-0.012, 0.012), saturation=rng.uniform(0.85, 1.1), value=rng.uniform(0.88, 1.08)
    )
    tint = None
    if pictogram in SHARED_PICTOGRAMS:
        tint = mix(flavour_colour, WHITE, 0.5) if base_kind == "flavour" else flavour_colour
    base = {
        "flavour": main,
        "brand": brand_colour,
        "white": WHITE,
        "cream": CREAM,
        "dark": adjust(brand_colour, value=0.35),
        "pastel": mix(main, WHITE, 0.7),
    }[base_kind]
    second = (
        main
        if base_kind in ("brand", "white", "cream", "dark")
        else mix(brand_colour, WHITE, float(rng.choice([0.0, 0.0, 0.85])))
    )
    brand_ink: Colour = WHITE if light_letters else brand_colour
    brand_outline = brand_colour if light_letters else WHITE
    gold: Colour = (226, 184, 84)
    if chance(brand_rng, 0.15):
        brand_ink, brand_outline = gold, adjust(brand_colour, value=0.4)
    return Design(
        layout=pick(rng, *LAYOUT_NAMES),
        brand_font=font,
        brand_stretch=stretch,
        brand_arch=arch,
        brand_tilt=tilt,
        brand_uppercase=uppercase,
        brand_colour=brand_colour,
        brand_ink=brand_ink,
        brand_outline=brand_outline,
        panel=panel_shape,
        base=base,
        second=second,
        flavour=main,
        flavour_light=mix(accent, WHITE, 0.25),
        picture=pick(rng, *PICTURE_ARRANGEMENTS),
        pictogram=pictogram,
        tint=tint,
        pattern=pick(rng, *PATTERNS),
        pitch=rng.uniform(0.08, 0.24),
        noun_font=pick(rng, "sans-bold", "serif-bold", "times-slant", "grotesque"),
        flavour_font=pick(rng, "sans-bold", "sans-slant", "serif-slant", "times-bold"),
        badge=pick(rng, "", "", "", "NEW", "BIO", "+20%", "TOP", "XXL", "VEGAN", "0%", "No 1"),
        badge_left=chance(rng, 0.5),
        badge_points=int(rng.choice([0, 12, 16])),
        slogan=pick(
            rng,
            "",
            "with real taste",
            "since 1902",
            "finest quality",
            "gluten free",
            "family recipe",
            "from the Alps",
            "rich & smooth",
            "100% natural",
        ),
        print_block=int(rng.integers(6)),
        layout_shift=(rng.uniform(-1, 1), rng.uniform(-1, 1), rng.uniform(-1, 1)),
        has_size_banner=chance(rng, 0.5),
        print_along_length=chance(rng, 0.5),
    )


def _random_arch(rng: np.random.Generator) -> float:
    """How far the letters of a brand name are bent into an arch, as a fraction of their height."""
    return float(rng.choice([0.0, 0.0, 0.0, 0.25, 0.4, -0.25]))
