"""Which product stands behind a label: brands, families, flavours and sizes, addressed directly.

Labels come in blocks of twelve. A block holds up to six families, a family is one brand's one line
of goods, and its members differ in flavour or in size only: those are the near-twins. A family's
(brand, category) pair comes from an affine map over all pairs, so no two families share one and any
label is found without listing the others. The last label of each early block is loose produce.
"""

from __future__ import annotations

from functools import lru_cache
from math import gcd

from store.goods import CATEGORIES
from store.seeding import stream
from store.spec import ProductSpec
from store.varieties import VARIETIES
from store.words import HEADS, TAILS

BLOCK = 12
FAMILIES_PER_BLOCK = 6
# (flavours, sizes) of each family of a block; products sum to 12, the last is always a single
PLANS: tuple[tuple[tuple[int, int], ...], ...] = (
    ((3, 2), (4, 1), (1, 1), (1, 1)),
    ((2, 2), (3, 1), (1, 3), (1, 1), (1, 1)),
    ((5, 1), (2, 2), (1, 1), (1, 1), (1, 1)),
    ((3, 1), (3, 1), (1, 2), (1, 2), (1, 1), (1, 1)),
    ((6, 1), (1, 2), (2, 1), (1, 1), (1, 1)),
)
PAIRS = len(HEADS) * len(TAILS) * len(CATEGORIES)
MAX_LABELS = PAIRS // FAMILIES_PER_BLOCK * BLOCK

# form: kind told to the world, width and height in millimetres
FORMS: dict[str, tuple[str, float, float]] = {
    "box": ("carton", 140, 205),
    "tablet": ("carton", 80, 160),
    "gable": ("carton", 74, 195),
    "brick": ("carton", 66, 160),
    "pouch": ("pouch", 145, 210),
    "bar": ("pouch", 175, 58),
    "tin": ("can", 76, 108),
    "flat_tin": ("can", 92, 92),
    "can": ("can", 64, 122),
    "bottle": ("bottle", 74, 262),
    "squeeze": ("bottle", 74, 190),
    "jar": ("jar", 76, 112),
    "shaker": ("jar", 46, 104),
    "cup": ("tub", 78, 88),
    "bucket": ("tub", 104, 112),
    "tub": ("tub", 110, 100),
    "lid": ("tub", 132, 100),
    "tube": ("tube", 50, 165),
    "tray": ("tray", 185, 145),
}


def describe(label: int, seed: int = 0) -> ProductSpec:
    """The product behind a label, computed without any other label.

    Raises ValueError for a label outside 0..MAX_LABELS-1.
    """
    if not 0 <= label < MAX_LABELS:
        raise ValueError(f"label {label} is outside the store: give one in 0..{MAX_LABELS - 1}")
    block, place = divmod(label, BLOCK)
    if place == BLOCK - 1 and block < len(VARIETIES):
        return _produce(label, seed, block)
    slot, flavours, sizes, member = _locate(block, place, seed)
    family = block * FAMILIES_PER_BLOCK + slot
    brand_index, category_index = _pair(family, seed)
    category = CATEGORIES[category_index]
    rng = stream(seed, "family", family)
    form = category.forms[int(rng.integers(len(category.forms)))]
    kind, width, height = FORMS[form]
    width, height = width * rng.uniform(0.84, 1.2), height * rng.uniform(0.86, 1.14)
    order = rng.permutation(len(category.flavours))
    ladder = [*category.sizes, f"2 x {category.sizes[-1]}", f"3 x {category.sizes[-1]}"]
    start = int(rng.integers(max(1, len(category.sizes) - sizes + 1)))
    flavour_rank, size_rank = divmod(member, sizes)
    flavour, size = category.flavours[int(order[flavour_rank])], ladder[start + size_rank]
    first = label - member
    group, twin = _twin(first, flavours, sizes, flavour_rank, size_rank)
    brand = HEADS[brand_index % len(HEADS)] + TAILS[brand_index // len(HEADS)]
    words = [brand, category.noun, flavour if flavour != category.noun else "", size]
    return ProductSpec(
        label=label,
        seed=seed,
        product_id=f"p{label:05d}",
        name=" ".join(w for w in words if w),
        kind=kind,
        form=form,
        brand=brand,
        noun=category.noun,
        flavour=flavour,
        size=size,
        group=group,
        twin_of=twin,
        family=family,
        brand_index=brand_index,
        size_rank=size_rank,
        width_mm=width * 1.05**size_rank,
        height_mm=height * 1.22**size_rank,
    )


def _twin(first: int, flavours: int, sizes: int, flavour_rank: int, size_rank: int) -> tuple[str, int | None]:
    """The group of near-twins a member belongs to, and its nearest sibling's label."""
    if sizes > 1:
        other = size_rank - 1 if size_rank else 1
        return "same-pack-other-size", first + flavour_rank * sizes + other
    if flavours > 1:
        other = flavour_rank - 1 if flavour_rank else 1
        return "same-brand-other-flavour", first + other
    return "single", None


def _locate(block: int, place: int, seed: int) -> tuple[int, int, int, int]:
    """(slot, flavours, sizes, member) of a place in a block."""
    plan = PLANS[int(stream(seed, "plan", block).integers(len(PLANS)))]
    for slot, (flavours, sizes) in enumerate(plan):
        if place < flavours * sizes:
            return slot, flavours, sizes, place
        place -= flavours * sizes
    raise AssertionError("every plan covers its block")


def _pair(family: int, seed: int) -> tuple[int, int]:
    """(brand, category) of a family: an affine walk over all pairs, so that none is met twice."""
    rng = stream(seed, "pairs")
    step, offset = int(rng.integers(PAIRS // 5, PAIRS // 2)), int(rng.integers(PAIRS))
    while gcd(step, PAIRS) != 1:
        step += 1
    brand, category = divmod((family * step + offset) % PAIRS, len(CATEGORIES))
    return brand, category


@lru_cache(maxsize=8)
def _produce_order(seed: int) -> tuple[int, ...]:
    return tuple(int(i) for i in stream(seed, "produce").permutation(len(VARIETIES)))


def _produce(label: int, seed: int, block: int) -> ProductSpec:
    order = _produce_order(seed)
    variety = VARIETIES[order[block]]
    kin = [i for i, v in enumerate(VARIETIES) if v.noun == variety.noun and v is not variety]
    twin = order.index(min(kin, key=lambda i: abs(i - order[block]))) * BLOCK + BLOCK - 1 if kin else None
    return ProductSpec(
        label=label,
        seed=seed,
        product_id=f"p{label:05d}",
        name=f"{variety.noun} {variety.name}".strip(),
        kind="produce",
        form="produce",
        brand="",
        noun=variety.noun,
        flavour=variety.name,
        size="loose",
        group="same-fruit-other-variety" if kin else "single",
        twin_of=twin,
        family=-1 - order[block],
        brand_index=-1,
        size_rank=0,
        width_mm=variety.millimetres,
        height_mm=variety.millimetres * variety.aspect,
    )
