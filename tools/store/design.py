"""The house style of a family of products: drawn once from its brand and family, shared by its members."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from store.colours import CREAM, WHITE, Colour, hsv, mix, turn
from store.panels import PANELS, PATTERNS
from store.seeding import chance, pick, stream
from store.spec import ProductSpec
from store.typography import BRAND_FONTS
from store.words import FLAVOURS, SHARED_PICTOGRAMS

LAYOUTS = ("band", "split", "frame", "stripe", "minimal", "pile", "wave", "sidebar", "medallion", "diagonal")
PICTURES = ("single", "single", "pair", "ring", "heap", "row")


@dataclass(frozen=True)
class Design:
    """Shares are of the front's width or height; colours are final. `lying` prints run along a long narrow pack."""

    layout: str
    brand_font: str
    brand_stretch: float
    brand_rise: float
    brand_tilt: float
    brand_upper: bool
    brand_colour: Colour
    brand_ink: Colour
    brand_edge: Colour
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
    claim: str
    print_block: int
    shift: tuple[float, float, float]
    shouts_size: bool
    lying: bool


def design_of(spec: ProductSpec) -> Design:
    """The style of a spec's family in the colours of its flavour; size twins differ in nothing here."""
    house = stream(spec.seed, "brand", spec.brand_index)
    rng = stream(spec.seed, "design", spec.family)
    pictogram, main, accent = FLAVOURS[spec.flavour]
    own = main  # before the family's own shade of it: few tints, so that pictograms are drawn once
    brand_colour = hsv(house.random(), house.uniform(0.6, 0.95), house.uniform(0.35, 0.85))
    light_letters = chance(house, 0.6)
    font, stretch = pick(house, *BRAND_FONTS), house.uniform(0.78, 1.2)
    rise, tilt = pick_rise(house), float(house.choice([0.0, 0.0, 0.0, 6.0, 12.0]))
    upper, shape = chance(house, 0.45), pick(house, *PANELS)
    ground = pick(rng, "flavour", "flavour", "brand", "white", "cream", "dark", "pastel")
    main = turn(main, hue=rng.uniform(-0.012, 0.012), saturation=rng.uniform(0.85, 1.1), value=rng.uniform(0.88, 1.08))
    tint = None
    if pictogram in SHARED_PICTOGRAMS:
        tint = mix(own, WHITE, 0.5) if ground == "flavour" else own
    base = {
        "flavour": main,
        "brand": brand_colour,
        "white": WHITE,
        "cream": CREAM,
        "dark": turn(brand_colour, value=0.35),
        "pastel": mix(main, WHITE, 0.7),
    }[ground]
    second = (
        main
        if ground in ("brand", "white", "cream", "dark")
        else mix(brand_colour, WHITE, float(rng.choice([0.0, 0.0, 0.85])))
    )
    ink: Colour = WHITE if light_letters else brand_colour
    edge = brand_colour if light_letters else WHITE
    gold: Colour = (226, 184, 84)
    if chance(house, 0.15):
        ink, edge = gold, turn(brand_colour, value=0.4)
    return Design(
        layout=pick(rng, *LAYOUTS),
        brand_font=font,
        brand_stretch=stretch,
        brand_rise=rise,
        brand_tilt=tilt,
        brand_upper=upper,
        brand_colour=brand_colour,
        brand_ink=ink,
        brand_edge=edge,
        panel=shape,
        base=base,
        second=second,
        flavour=main,
        flavour_light=mix(accent, WHITE, 0.25),
        picture=pick(rng, *PICTURES),
        pictogram=pictogram,
        tint=tint,
        pattern=pick(rng, *PATTERNS),
        pitch=rng.uniform(0.08, 0.24),
        noun_font=pick(rng, "sans-bold", "serif-bold", "times-slant", "grotesque"),
        flavour_font=pick(rng, "sans-bold", "sans-slant", "serif-slant", "times-bold"),
        badge=pick(rng, "", "", "", "NEW", "BIO", "+20%", "TOP", "XXL", "VEGAN", "0%", "No 1"),
        badge_left=chance(rng, 0.5),
        badge_points=int(rng.choice([0, 12, 16])),
        claim=pick(
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
        shift=(rng.uniform(-1, 1), rng.uniform(-1, 1), rng.uniform(-1, 1)),
        shouts_size=chance(rng, 0.5),
        lying=chance(rng, 0.5),
    )


def pick_rise(rng: np.random.Generator) -> float:
    """How far a brand's letters are bent into an arch."""
    return float(rng.choice([0.0, 0.0, 0.0, 0.25, 0.4, -0.25]))
