"""What the shop sells: brand syllables, categories with their packs and sizes, flavours."""

from __future__ import annotations

from dataclasses import dataclass

from store.colours import Colour

HEADS = (
    "Alpen Nord Sonnen Casa Bella Gold Green Happy Royal Mari Tosca Ferro Luna Vita Oro Krona Dal Sol Monte Rio "
    "Fjord Hof Land Berg Wald Feld Lac Pura Nova Terra Alba Rosa Kara Mira Tavo Quin Zaro Hazel Maple Brook "
    "Stern Falken Lind Birke Osten West Sud Prima Duca Conti Vero Fresca Amara Dolce Kiku Suki Pablo Olga Ivo "
    "Jolly Mister Mama Baker Farmer"
).split()
TAILS = (
    "korn hof via ella ino mill field berry dale gut ano etta land burg way ster mann ova ria lis wood house "
    "garten quell stolz fein lio mara nest pan quick ra sano tal ura viva wick xo yama zett bach dor eck fit glück "
    "heim jam kiss lux more nuss"
).split()

RED, BLUE, GREEN = (206, 32, 40), (36, 78, 168), (48, 140, 62)

# name: pictogram, main colour of the pack, accent
FLAVOURS: dict[str, tuple[str, Colour, Colour]] = {
    "Strawberry": ("strawberry", (226, 44, 72), (255, 214, 220)),
    "Raspberry": ("raspberry", (200, 24, 92), (252, 208, 226)),
    "Blueberry": ("blueberry", (62, 74, 158), (214, 220, 250)),
    "Cherry": ("cherry", (158, 16, 44), (250, 200, 206)),
    "Apple": ("apple", (116, 178, 46), (236, 248, 206)),
    "Pear": ("pear", (176, 190, 58), (246, 248, 210)),
    "Orange": ("orange", (244, 132, 22), (255, 232, 196)),
    "Lemon": ("lemon", (246, 210, 34), (255, 248, 200)),
    "Lime": ("lime", (126, 196, 40), (234, 250, 204)),
    "Banana": ("banana", (248, 216, 78), (120, 80, 30)),
    "Pineapple": ("pineapple", (240, 184, 30), (42, 122, 58)),
    "Mango": ("mango", (250, 164, 44), (214, 56, 48)),
    "Peach": ("peach", (250, 166, 116), (255, 234, 214)),
    "Grape": ("grape", (110, 52, 132), (232, 212, 244)),
    "Coconut": ("coconut", (118, 84, 62), (250, 248, 240)),
    "Chocolate": ("chocolate", (92, 54, 34), (232, 204, 168)),
    "Dark Cocoa": ("chocolate", (46, 28, 26), (206, 164, 92)),
    "Vanilla": ("flower", (244, 226, 158), (124, 92, 44)),
    "Caramel": ("drop", (196, 124, 44), (252, 230, 184)),
    "Hazelnut": ("hazelnut", (156, 104, 58), (246, 226, 196)),
    "Almond": ("almond", (190, 138, 92), (64, 96, 150)),
    "Peanut": ("peanut", (214, 160, 82), (190, 44, 34)),
    "Honey": ("honey", (240, 176, 32), (120, 70, 16)),
    "Crunchy Oats": ("wheat", (222, 178, 98), (150, 70, 30)),
    "Wholegrain": ("wheat", (150, 110, 60), (244, 226, 178)),
    "Five Grain": ("wheat", (98, 124, 52), (244, 230, 180)),
    "Corn": ("corn", (248, 206, 52), (48, 130, 56)),
    "Espresso": ("coffee", (40, 30, 32), (208, 44, 44)),
    "Mild Roast": ("coffee", (192, 152, 104), (80, 44, 24)),
    "Decaf": ("coffee", (66, 128, 122), (230, 240, 228)),
    "Mint": ("leaf", (42, 160, 128), (222, 250, 238)),
    "Camomile": ("flower", (250, 226, 120), (92, 140, 60)),
    "Green Tea": ("leaf", (122, 164, 66), (238, 246, 214)),
    "Earl Grey": ("leaf", (54, 62, 110), (222, 196, 120)),
    "Tomato": ("tomato", (212, 44, 32), (250, 226, 196)),
    "Basil": ("leaf", (44, 122, 50), (230, 244, 210)),
    "Arrabbiata": ("chilli", (176, 20, 20), (255, 210, 90)),
    "Paprika": ("pepper", (220, 70, 28), (255, 222, 160)),
    "Chilli": ("chilli", (190, 18, 26), (28, 24, 26)),
    "Sea Salt": ("drop", (56, 118, 184), (226, 240, 252)),
    "Sour Cream": ("onion", (112, 172, 110), (246, 250, 240)),
    "Cheese": ("cheese", (248, 188, 40), (206, 52, 40)),
    "Onion": ("onion", (170, 110, 150), (250, 236, 214)),
    "Garlic": ("garlic", (150, 150, 170), (246, 246, 250)),
    "Mushroom": ("mushroom", (150, 122, 96), (244, 236, 222)),
    "Olive": ("olive", (100, 114, 44), (236, 236, 196)),
    "Rosemary": ("leaf", (70, 100, 84), (226, 232, 214)),
    "Carrot": ("carrot", (240, 120, 28), (70, 146, 60)),
    "Peas": ("peas", (104, 176, 60), (238, 250, 218)),
    "Potato": ("potato", (214, 176, 108), (120, 60, 36)),
    "Beans": ("bean", (140, 46, 40), (248, 220, 190)),
    "Chicken": ("drumstick", (236, 170, 60), (150, 60, 30)),
    "Beef": ("cow", (140, 34, 34), (246, 220, 200)),
    "Tuna": ("fish", (34, 84, 150), (224, 240, 252)),
    "Salmon": ("fish", (240, 128, 104), (30, 60, 110)),
    "Shrimp": ("shrimp", (244, 140, 120), (24, 90, 130)),
    "Egg": ("egg", (246, 206, 90), (90, 130, 190)),
    "Natural": ("leaf", (232, 236, 240), (44, 112, 180)),
    "Whole Milk 3.5%": ("cow", (30, 88, 180), (246, 250, 255)),
    "Low Fat 1.5%": ("cow", (92, 178, 226), (246, 252, 255)),
    "Lactose Free": ("cow", (142, 92, 170), (250, 244, 255)),
    "Classic": ("star", (204, 28, 38), (252, 240, 220)),
    "Zero": ("bubbles", (28, 28, 32), (220, 40, 46)),
    "Light": ("sun", (190, 200, 212), (40, 92, 180)),
    "Original": ("star", (28, 66, 140), (250, 214, 70)),
    "Still": ("drop", (86, 172, 222), (240, 250, 255)),
    "Sparkling": ("bubbles", (28, 108, 178), (226, 244, 255)),
    "Medium": ("bubbles", (54, 164, 150), (228, 250, 246)),
    "Lavender": ("flower", (138, 110, 190), (240, 232, 252)),
    "Ocean Fresh": ("bubbles", (18, 134, 190), (220, 246, 255)),
    "Spring": ("flower", (236, 128, 168), (250, 246, 220)),
    "Aloe Vera": ("leaf", (96, 186, 122), (240, 252, 240)),
    "Sensitive": ("heart", (240, 196, 206), (90, 110, 150)),
    "Cat": ("paw", (150, 70, 150), (252, 232, 200)),
    "Rabbit": ("paw", (128, 146, 92), (250, 244, 220)),
    "Kids": ("sun", (250, 196, 40), (50, 140, 210)),
}

FRUIT = "Strawberry Raspberry Blueberry Cherry Apple Pear Orange Lemon Lime Banana Pineapple Mango Peach Grape".split()
SWEET = [*FRUIT[:6], "Banana", "Coconut", "Chocolate", "Dark Cocoa", "Vanilla", "Caramel", "Hazelnut", "Almond", "Honey"]
GRAIN = ["Crunchy Oats", "Wholegrain", "Five Grain", "Honey", "Chocolate", "Strawberry", "Almond", "Corn", "Hazelnut", "Kids"]
SAVOURY = ["Paprika", "Chilli", "Sea Salt", "Sour Cream", "Cheese", "Onion", "Garlic", "Rosemary", "Tomato", "Basil"]
MEAL = ["Tomato", "Chicken", "Beef", "Mushroom", "Carrot", "Peas", "Potato", "Onion", "Cheese", "Beans", "Chilli"]
PLAIN = ["Classic", "Original", "Natural", "Wholegrain", "Light", "Basil", "Egg"]
SCENT = ["Lavender", "Ocean Fresh", "Spring", "Aloe Vera", "Sensitive", "Lemon", "Mint", "Peach", "Orange"]


@dataclass(frozen=True)
class Category:
    """A kind of goods: the packs it comes in, its flavours, and its printed sizes, small to large."""

    noun: str
    forms: tuple[str, ...]
    flavours: list[str]
    sizes: tuple[str, ...]


def _category(noun: str, forms: str, flavours: list[str], sizes: str) -> Category:
    return Category(noun, tuple(forms.split()), flavours, tuple(s.strip() for s in sizes.split(",")))


CATEGORIES: tuple[Category, ...] = (
    _category("Muesli", "box pouch", GRAIN, "375 g, 500 g, 750 g"),
    _category("Corn Flakes", "box", GRAIN, "250 g, 375 g, 600 g"),
    _category("Biscuits", "box bar pouch", SWEET, "150 g, 300 g, 450 g"),
    _category("Wafers", "bar box", SWEET, "75 g, 150 g, 250 g"),
    _category("Chocolate", "tablet bar", SWEET, "100 g, 200 g, 300 g"),
    _category("Praline", "box tablet", SWEET, "125 g, 200 g, 400 g"),
    _category("Crisps", "pouch tin", SAVOURY, "90 g, 175 g, 250 g"),
    _category("Crackers", "box bar", SAVOURY, "100 g, 200 g, 300 g"),
    _category("Nut Mix", "pouch tub", [*SAVOURY[:4], "Peanut", "Almond", "Hazelnut", "Honey"], "100 g, 200 g, 500 g"),
    _category("Gummies", "pouch tub", FRUIT, "100 g, 200 g, 320 g"),
    _category("Coffee", "pouch jar tin", ["Espresso", "Mild Roast", "Decaf", "Classic", "Vanilla", "Hazelnut"],
              "200 g, 250 g, 500 g"),
    _category("Tea", "box tin", ["Mint", "Camomile", "Green Tea", "Earl Grey", *FRUIT[:6], "Lemon"], "20 bags, 40 bags"),
    _category("Pasta", "pouch box", PLAIN, "400 g, 500 g, 1 kg"),
    _category("Rice", "box pouch", [*PLAIN, "Mushroom", "Peas"], "500 g, 1 kg"),
    _category("Flour", "pouch", ["Classic", "Wholegrain", "Natural", "Corn", "Five Grain", "Potato"], "500 g, 1 kg"),
    _category("Soup", "tin pouch", MEAL, "300 ml, 400 ml, 800 ml"),
    _category("Pasta Sauce", "jar tin", ["Tomato", "Basil", "Arrabbiata", "Olive", "Mushroom", "Cheese", "Garlic"],
              "250 g, 400 g, 690 g"),
    _category("Vegetables", "tin jar", ["Corn", "Peas", "Carrot", "Beans", "Tomato", "Mushroom", "Olive", "Onion"],
              "200 g, 400 g, 800 g"),
    _category("Fish Fillets", "tin flat_tin", ["Tuna", "Salmon", "Shrimp", "Olive", "Tomato", "Chilli", "Lemon"],
              "95 g, 160 g, 200 g"),
    _category("Ready Meal", "box tray", MEAL, "350 g, 400 g, 800 g"),
    _category("Pizza", "box", ["Tomato", "Cheese", "Mushroom", "Tuna", "Paprika", "Basil", "Onion"], "320 g, 410 g"),
    _category("Juice", "gable bottle brick", FRUIT, "330 ml, 750 ml, 1 l"),
    _category("Milk", "gable bottle brick", ["Whole Milk 3.5%", "Low Fat 1.5%", "Lactose Free", "Natural", "Chocolate",
                                            "Vanilla", "Strawberry", "Banana"], "500 ml, 1 l, 1.5 l"),
    _category("Oat Drink", "gable brick", ["Natural", "Crunchy Oats", "Almond", "Coconut", "Vanilla", "Chocolate"],
              "500 ml, 1 l"),
    _category("Yogurt", "cup bucket", [*FRUIT, "Natural", "Vanilla", "Coconut"], "150 g, 250 g, 500 g"),
    _category("Pudding", "cup", SWEET, "125 g, 200 g, 400 g"),
    _category("Ice Cream", "bucket cup lid", SWEET, "300 ml, 500 ml, 900 ml"),
    _category("Spread", "lid jar", [*PLAIN[:3], "Garlic", "Basil", "Chilli", "Onion", "Cheese"], "150 g, 250 g, 500 g"),
    _category("Jam", "jar", [*FRUIT[:6], "Orange", "Peach", "Mango"], "225 g, 340 g, 450 g"),
    _category("Honey", "jar squeeze", ["Honey", "Classic", "Vanilla", "Spring", "Lavender", "Lemon"], "250 g, 500 g"),
    _category("Pickles", "jar", ["Onion", "Garlic", "Chilli", "Paprika", "Classic", "Olive"], "330 g, 670 g"),
    _category("Ketchup", "squeeze bottle", ["Tomato", "Chilli", "Paprika", "Light", "Classic", "Kids"],
              "300 ml, 500 ml, 800 ml"),
    _category("Olive Oil", "bottle tin", ["Olive", "Basil", "Garlic", "Chilli", "Lemon", "Rosemary"], "250 ml, 500 ml, 1 l"),
    _category("Water", "bottle", ["Still", "Sparkling", "Medium", "Lemon", "Lime", "Mint"], "500 ml, 750 ml, 1.5 l"),
    _category("Cola", "can bottle", ["Classic", "Zero", "Light", "Cherry", "Vanilla", "Lemon", "Orange"],
              "250 ml, 330 ml, 500 ml"),
    _category("Lemonade", "can bottle", [*FRUIT, "Mint", "Zero"], "330 ml, 500 ml, 1 l"),
    _category("Energy Drink", "can", ["Original", "Zero", *FRUIT], "250 ml, 355 ml, 500 ml"),
    _category("Pet Food", "tin pouch box", ["Chicken", "Beef", "Tuna", "Salmon", "Cat", "Rabbit"], "85 g, 200 g, 400 g"),
    _category("Dish Soap", "squeeze", SCENT, "450 ml, 750 ml, 1 l"),
    _category("Detergent", "box squeeze pouch", SCENT, "16 WL, 32 WL, 60 WL"),
    _category("Shampoo", "squeeze", SCENT, "200 ml, 250 ml, 400 ml"),
    _category("Toothpaste", "tube box", ["Mint", "Classic", "Sensitive", "Kids", "Natural", "Lemon"], "50 ml, 75 ml, 125 ml"),
    _category("Hand Cream", "tube jar", [*SCENT, "Almond", "Honey"], "50 ml, 75 ml, 100 ml"),
    _category("Spice", "shaker tin", ["Paprika", "Chilli", "Garlic", "Onion", "Basil", "Rosemary", "Mint"], "40 g, 80 g"),
    _category("Baby Food", "jar pouch cup", ["Carrot", "Peas", "Potato", "Apple", "Pear", "Banana", "Peach"],
              "120 g, 190 g, 250 g"),
)
