"""Varieties of loose fruit and vegetables, one row for each; `store.produce` draws them."""

from __future__ import annotations

from dataclasses import dataclass

from store.colours import Colour


@dataclass(frozen=True)
class Variety:
    """One variety.

    `shape` names an outline of `store.produce.outlines`, `skin` a skin texture of `store.produce.skins`, `top` what
    grows on it in `store.produce.stalks_and_leaves`. `aspect` is height over width. `base`, `blush` and `marks` are
    colours of the skin.
    """

    noun: str
    name: str
    shape: str
    aspect: float
    width_mm: float
    base: Colour
    blush: Colour
    marks: Colour
    skin: str
    top: str


def _rows(
    noun: str, shape: str, aspect: float, mm: float, skin: str, top: str, *kinds: tuple[str, Colour, Colour, Colour]
) -> list[Variety]:
    return [Variety(noun, name, shape, aspect, mm, base, blush, marks, skin, top) for name, base, blush, marks in kinds]


LEAF, BROWN = (70, 140, 50), (110, 74, 42)

# fmt: off
VARIETIES: tuple[Variety, ...] = tuple(
    _rows("Apple", "apple", 0.94, 75, "freckles", "stalk",
          ("Green Smith", (132, 190, 50), (160, 206, 78), (214, 232, 150)),
          ("Royal Red", (168, 20, 34), (118, 8, 26), (226, 130, 110)),
          ("Golden", (228, 206, 84), (214, 180, 64), (170, 140, 50)),
          ("Gala", (226, 172, 74), (204, 44, 40), (246, 214, 140)),
          ("Pink", (236, 186, 130), (222, 70, 96), (250, 226, 190)))
    + _rows("Pear", "pear", 1.45, 70, "freckles", "stalk",
            ("Conference", (158, 158, 72), (136, 110, 56), (108, 82, 42)),
            ("Williams", (206, 206, 84), (224, 196, 70), (140, 128, 50)),
            ("Red Anjou", (138, 34, 44), (98, 20, 38), (206, 130, 90)))
    + _rows("Orange", "round", 0.97, 80, "dimples", "button",
            ("Navel", (246, 138, 20), (232, 112, 12), (214, 96, 8)),
            ("Blood", (226, 96, 28), (166, 30, 30), (180, 50, 24)),
            ("Mandarin", (250, 152, 30), (244, 120, 22), (228, 108, 18)))
    + _rows("Citrus", "lemon", 0.74, 78, "dimples", "none",
            ("Lemon", (248, 216, 50), (240, 196, 36), (222, 178, 30)),
            ("Lime", (104, 166, 46), (78, 136, 34), (66, 118, 32)))
    + _rows("Grapefruit", "round", 0.94, 105, "dimples", "button",
            ("Pink", (246, 178, 84), (234, 112, 80), (222, 132, 66)),
            ("White", (244, 214, 106), (230, 196, 90), (214, 176, 74)))
    + _rows("Banana", "crescent", 0.45, 185, "ridges", "tips",
            ("Ripe", (248, 212, 60), (236, 190, 44), (120, 78, 30)),
            ("Green", (170, 196, 70), (206, 212, 84), (110, 130, 50)),
            ("Red", (156, 64, 56), (186, 88, 62), (80, 36, 34)))
    + _rows("Pepper", "bell", 1.08, 82, "gloss", "cap",
            ("Red", (206, 22, 24), (156, 10, 18), (244, 110, 90)),
            ("Yellow", (250, 200, 30), (236, 168, 20), (255, 232, 130)),
            ("Green", (40, 122, 44), (26, 88, 34), (130, 190, 100)),
            ("Orange", (246, 124, 22), (222, 92, 16), (255, 190, 110)))
    + _rows("Pepper", "taper", 0.3, 190, "gloss", "cap",
            ("Pointed Red", (196, 22, 26), (148, 12, 20), (240, 120, 90)),
            ("Pointed Green", (104, 160, 52), (70, 126, 40), (186, 216, 120)))
    + _rows("Chilli", "taper", 0.16, 120, "gloss", "cap",
            ("Red", (210, 20, 22), (170, 10, 16), (250, 130, 110)),
            ("Green", (58, 134, 46), (40, 102, 34), (160, 206, 120)))
    + _rows("Cucumber", "rod", 0.17, 300, "ridges", "ends",
            ("Long", (46, 100, 44), (34, 78, 36), (112, 154, 84)),)
    + _rows("Cucumber", "rod", 0.3, 150, "ridges", "ends",
            ("Mini", (70, 128, 56), (52, 100, 44), (146, 184, 104)),)
    + _rows("Courgette", "rod", 0.21, 210, "freckles", "cap",
            ("Green", (52, 92, 40), (38, 72, 34), (124, 156, 88)),
            ("Yellow", (246, 198, 50), (232, 176, 36), (252, 226, 130)))
    + _rows("Carrot", "taper", 0.2, 190, "rings", "shoots",
            ("Orange", (240, 124, 36), (222, 102, 24), (206, 90, 22)),
            ("Purple", (94, 38, 74), (74, 26, 62), (56, 18, 50)),
            ("Yellow", (240, 200, 90), (226, 178, 70), (206, 160, 60)))
    + _rows("Parsnip", "taper", 0.28, 200, "rings", "none",
            ("White", (236, 220, 178), (222, 200, 150), (186, 160, 110)),)
    + _rows("Tomato", "round", 0.86, 72, "gloss", "calyx",
            ("Vine", (214, 36, 24), (184, 22, 18), (250, 130, 90)),
            ("Yellow", (250, 190, 40), (238, 160, 30), (255, 226, 140)),
            ("Black", (110, 44, 40), (76, 50, 36), (170, 100, 70)))
    + _rows("Tomato", "egg", 0.7, 84, "gloss", "calyx", ("Roma", (208, 40, 30), (178, 26, 22), (246, 130, 100)),)
    + _rows("Tomato", "ribbed", 0.76, 100, "gloss", "calyx", ("Beef", (208, 50, 40), (180, 30, 30), (240, 130, 90)),)
    + _rows("Aubergine", "pear", 1.9, 85, "gloss", "cap",
            ("Purple", (60, 24, 62), (40, 14, 48), (150, 110, 160)),
            ("Striped", (170, 110, 170), (110, 50, 120), (240, 226, 240)))
    + _rows("Onion", "onion", 1.0, 74, "papery", "none",
            ("Yellow", (206, 142, 64), (180, 112, 44), (146, 84, 32)),
            ("Red", (138, 36, 70), (108, 22, 56), (86, 14, 44)),
            ("White", (242, 238, 222), (230, 224, 202), (206, 200, 170)))
    + _rows("Garlic", "onion", 0.92, 55, "papery", "none", ("White", (240, 234, 226), (226, 214, 210), (190, 166,
        172)),)
    + _rows("Potato", "lump", 0.72, 88, "earthy", "none",
            ("Floury", (206, 170, 108), (186, 146, 86), (130, 96, 54)),
            ("Red", (176, 90, 84), (152, 70, 68), (110, 50, 48)),
            ("Blue", (84, 66, 96), (66, 50, 80), (48, 36, 60)))
    + _rows("Potato", "lump", 0.5, 130, "earthy", "none", ("Sweet", (190, 104, 76), (164, 82, 60), (124, 60, 44)),)
    + _rows("Avocado", "pear", 1.4, 70, "dimples", "button",
            ("Hass", (52, 54, 40), (38, 36, 34), (84, 90, 60)),
            ("Fuerte", (70, 114, 50), (56, 94, 42), (118, 160, 80)))
    + _rows("Mango", "lump", 0.7, 115, "freckles", "button",
            ("Red", (236, 160, 60), (206, 54, 50), (250, 210, 130)),
            ("Green", (116, 152, 60), (190, 120, 60), (190, 206, 120)),
            ("Honey", (248, 196, 66), (240, 170, 50), (226, 150, 40)))
    + _rows("Kiwi", "egg", 0.78, 66, "fuzzy", "button",
            ("Green", (126, 98, 58), (106, 80, 46), (84, 62, 36)),
            ("Gold", (166, 126, 70), (146, 106, 58), (120, 86, 46)))
    + _rows("Peach", "apple", 0.95, 72, "fuzzy", "none",
            ("Yellow", (246, 178, 82), (210, 70, 56), (250, 206, 140)),
            ("White", (246, 214, 190), (222, 110, 120), (250, 230, 214)))
    + _rows("Nectarine", "apple", 0.95, 68, "gloss", "none", ("Red", (240, 160, 60), (186, 30, 40), (250, 200, 120)),)
    + _rows("Plum", "egg", 0.84, 52, "bloom", "stalk",
            ("Blue", (66, 46, 92), (48, 30, 74), (136, 126, 166)),
            ("Red", (150, 28, 56), (118, 16, 44), (200, 120, 140)),
            ("Yellow", (238, 190, 60), (226, 160, 50), (250, 220, 140)))
    + _rows("Melon", "round", 0.92, 150, "net", "stalk",
            ("Cantaloupe", (214, 186, 120), (190, 160, 94), (240, 226, 178)),
            ("Galia", (216, 190, 86), (160, 170, 80), (244, 232, 170)))
    + _rows("Melon", "egg", 0.74, 190, "ridges", "stalk", ("Honeydew", (244, 214, 70), (232, 192, 54), (214, 170,
        44)),)
    + _rows("Watermelon", "egg", 0.84, 220, "stripes", "stalk",
            ("Striped", (96, 158, 74), (70, 130, 60), (26, 70, 36)),
            ("Dark", (40, 84, 44), (30, 66, 36), (20, 48, 28)))
    + _rows("Beetroot", "onion", 1.05, 80, "earthy", "shoots",
            ("Red", (110, 24, 56), (84, 16, 44), (60, 10, 32)),
            ("Golden", (226, 150, 50), (200, 120, 40), (160, 90, 30)))
    + _rows("Radish", "round", 0.95, 32, "gloss", "shoots", ("Red", (208, 30, 70), (176, 20, 56), (250, 200, 210)),)
    + _rows("Cabbage", "ribbed", 0.94, 160, "leaves", "none",
            ("White", (178, 208, 128), (156, 190, 104), (226, 238, 196)),
            ("Red", (112, 50, 104), (88, 34, 84), (190, 150, 190)))
    + _rows("Lettuce", "ruffle", 0.92, 180, "leaves", "none",
            ("Green", (124, 186, 64), (90, 156, 48), (210, 232, 150)),
            ("Red", (120, 50, 50), (96, 140, 56), (190, 150, 110)))
    + _rows("Mushroom", "mushroom", 0.92, 50, "smooth", "none",
            ("White", (240, 234, 224), (222, 210, 194), (190, 170, 148)),
            ("Brown", (172, 128, 92), (146, 102, 70), (110, 76, 52)))
    + _rows("Pomegranate", "round", 1.0, 92, "freckles", "crown", ("Red", (190, 44, 50), (156, 26, 40), (226, 160,
        110)),)
    + _rows("Papaya", "pear", 1.6, 120, "freckles", "none", ("Ripe", (232, 168, 50), (130, 150, 50), (250, 210,
        120)),)
    + _rows("Ginger", "knobbly", 0.66, 120, "rings", "none", ("Root", (204, 170, 118), (182, 144, 94), (140, 106,
        66)),)
)
# fmt: on
