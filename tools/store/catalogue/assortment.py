"""Which product has a label: brand, family, flavour and size, computed for each label on its own.

Labels come in blocks of twelve. A block holds up to six families. A family is one category of one brand; its members
differ in flavour or in size only, so they are confusable products. The (brand, category) pair of a family comes from
an affine map over all pairs: no two families share a pair, and no list of the other labels is needed. The last label
of each early block is loose produce.
"""

from __future__ import annotations

from functools import lru_cache
from math import gcd

from store.catalogue.brand_names import BRAND_PREFIXES, BRAND_SUFFIXES
from store.catalogue.categories import CATEGORIES
from store.catalogue.produce_varieties import VARIETIES
from store.catalogue.product_spec import ProductSpec
from store.random_streams import stream

LABELS_PER_BLOCK = 12
FAMILIES_PER_BLOCK = 6
# (flavours, sizes) of each family of a block; their products add up to LABELS_PER_BLOCK, the last family has one member
PLANS: tuple[tuple[tuple[int, int], ...], ...] = (
    ((3, 2), (4, 1), (1, 1), (1, 1)),
    ((2, 2), (3, 1), (1, 3), (1, 1), (1, 1)),
    ((5, 1), (2, 2), (1, 1), (1, 1), (1, 1)),
    ((3, 1), (3, 1), (1, 2), (1, 2), (1, 1), (1, 1)),
    ((6, 1), (1, 2), (2, 1), (1, 1), (1, 1)),
)
PAIRS = len(BRAND_PREFIXES) * len(BRAND_SUFFIXES) * len(CATEGORIES)
MAX_LABELS = PAIRS // FAMILIES_PER_BLOCK * LABELS_PER_BLOCK

# form: (published kind, width and height of the front in millimetres)
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
    """The product of a label, computed without any other label.

    Raises ValueError for a label outside 0..MAX_LABELS-1.
    """
    if not 0 <= label < MAX_LABELS:
        raise ValueError(f"label {label} is outside the store: give one in 0..{MAX_LABELS - 1}")
    block, place = divmod(label, LABELS_PER_BLOCK)
    if place == LABELS_PER_BLOCK - 1 and block < len(VARIETIES):
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
    # a family with more sizes than the category prints continues with multipacks
    printed_sizes = [*category.sizes, f"2 x {category.sizes[-1]}", f"3 x {category.sizes[-1]}"]
    start = int(rng.integers(max(1, len(category.sizes) - sizes + 1)))
    flavour_rank, size_rank = divmod(member, sizes)
    flavour, size = category.flavours[int(order[flavour_rank])], printed_sizes[start + size_rank]
    first = label - member
    group, confusable = _confusable(first, flavours, sizes, flavour_rank, size_rank)
    brand = BRAND_PREFIXES[brand_index % len(BRAND_PREFIXES)] + BRAND_SUFFIXES[brand_index // len(BRAND_PREFIXES)]
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
        confusable_with=confusable,
        family=family,
        brand_index=brand_index,
        size_rank=size_rank,
        width_mm=width * 1.05**size_rank,
        height_mm=height * 1.22**size_rank,
    )


def _confusable(first: int, flavours: int, sizes: int, flavour_rank: int, size_rank: int) -> tuple[str, int | None]:
    """The group of a member of a family, and the label of its most confusable product."""
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
    """(brand, category) indices of a family.

    The map family -> family * step + offset (mod PAIRS) is a permutation because step and PAIRS are coprime.
    """
    rng = stream(seed, "pairs")
    step, offset = int(rng.integers(PAIRS // 5, PAIRS // 2)), int(rng.integers(PAIRS))
    while gcd(step, PAIRS) != 1:  # coprime: only then is the map a permutation
        step += 1
    brand, category = divmod((family * step + offset) % PAIRS, len(CATEGORIES))
    return brand, category


@lru_cache(maxsize=8)
def _produce_order(seed: int) -> tuple[int, ...]:
    return tuple(int(i) for i in stream(seed, "produce").permutation(len(VARIETIES)))


def _produce(label: int, seed: int, block: int) -> ProductSpec:
    order = _produce_order(seed)
    variety = VARIETIES[order[block]]
    same_fruit = [i for i, v in enumerate(VARIETIES) if v.noun == variety.noun and v is not variety]
    confusable = (
        order.index(min(same_fruit, key=lambda i: abs(i - order[block]))) * LABELS_PER_BLOCK + LABELS_PER_BLOCK - 1
        if same_fruit
        else None
    )
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
        group="same-fruit-other-variety" if same_fruit else "single",
        confusable_with=confusable,
        family=-1 - order[block],
        brand_index=-1,
        size_rank=0,
        width_mm=variety.width_mm,
        height_mm=variety.width_mm * variety.aspect,
    )
