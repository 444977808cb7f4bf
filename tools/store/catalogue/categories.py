"""Product categories: the pack shapes they come in, their flavours and their printed sizes."""

from __future__ import annotations

from dataclasses import dataclass

# fmt: off
FRUIT = ["Strawberry", "Raspberry", "Blueberry", "Cherry", "Apple", "Pear", "Orange", "Lemon", "Lime", "Banana",
    "Pineapple", "Mango", "Peach", "Grape"]
SWEET = [*FRUIT[:6], "Banana", "Coconut", "Chocolate", "Dark Cocoa", "Vanilla", "Caramel", "Hazelnut", "Almond",
    "Honey"]
GRAIN = ["Crunchy Oats", "Wholegrain", "Five Grain", "Honey", "Chocolate", "Strawberry", "Almond", "Corn",
    "Hazelnut", "Kids"]
SAVOURY = ["Paprika", "Chilli", "Sea Salt", "Sour Cream", "Cheese", "Onion", "Garlic", "Rosemary", "Tomato", "Basil"]
MEAL = ["Tomato", "Chicken", "Beef", "Mushroom", "Carrot", "Peas", "Potato", "Onion", "Cheese", "Beans", "Chilli"]
PLAIN = ["Classic", "Original", "Natural", "Wholegrain", "Light", "Basil", "Egg"]
SCENT = ["Lavender", "Ocean Fresh", "Spring", "Aloe Vera", "Sensitive", "Lemon", "Mint", "Peach", "Orange"]




@dataclass(frozen=True)
class Category:
    """A category: its name, its pack shapes, its flavours, and its printed sizes, small to large."""

    noun: str
    forms: tuple[str, ...]
    flavours: list[str]
    sizes: tuple[str, ...]


def _category(noun: str, forms: str, flavours: list[str], sizes: str) -> Category:
    return Category(noun, tuple(forms.split()), flavours, tuple(s.strip() for s in sizes.split(",")))


# fmt: off
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
    _category("Tea", "box tin", ["Mint", "Camomile", "Green Tea", "Earl Grey", *FRUIT[:6], "Lemon"],
        "20 bags, 40 bags"),
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
    _category("Milk", "gable bottle brick", ["Whole Milk 3.5%", "Low Fat 1.5%", "Lactose Free", "Natural",
        "Chocolate",
                                            "Vanilla", "Strawberry", "Banana"], "500 ml, 1 l, 1.5 l"),
    _category("Oat Drink", "gable brick", ["Natural", "Crunchy Oats", "Almond", "Coconut", "Vanilla", "Chocolate"],
              "500 ml, 1 l"),
    _category("Yogurt", "cup bucket", [*FRUIT, "Natural", "Vanilla", "Coconut"], "150 g, 250 g, 500 g"),
    _category("Pudding", "cup", SWEET, "125 g, 200 g, 400 g"),
    _category("Ice Cream", "bucket cup lid", SWEET, "300 ml, 500 ml, 900 ml"),
    _category("Spread", "lid jar", [*PLAIN[:3], "Garlic", "Basil", "Chilli", "Onion", "Cheese"],
        "150 g, 250 g, 500 g"),
    _category("Jam", "jar", [*FRUIT[:6], "Orange", "Peach", "Mango"], "225 g, 340 g, 450 g"),
    _category("Honey", "jar squeeze", ["Honey", "Classic", "Vanilla", "Spring", "Lavender", "Lemon"], "250 g, 500 g"),
    _category("Pickles", "jar", ["Onion", "Garlic", "Chilli", "Paprika", "Classic", "Olive"], "330 g, 670 g"),
    _category("Ketchup", "squeeze bottle", ["Tomato", "Chilli", "Paprika", "Light", "Classic", "Kids"],
              "300 ml, 500 ml, 800 ml"),
    _category("Olive Oil", "bottle tin", ["Olive", "Basil", "Garlic", "Chilli", "Lemon", "Rosemary"],
        "250 ml, 500 ml, 1 l"),
    _category("Water", "bottle", ["Still", "Sparkling", "Medium", "Lemon", "Lime", "Mint"], "500 ml, 750 ml, 1.5 l"),
    _category("Cola", "can bottle", ["Classic", "Zero", "Light", "Cherry", "Vanilla", "Lemon", "Orange"],
              "250 ml, 330 ml, 500 ml"),
    _category("Lemonade", "can bottle", [*FRUIT, "Mint", "Zero"], "330 ml, 500 ml, 1 l"),
    _category("Energy Drink", "can", ["Original", "Zero", *FRUIT], "250 ml, 355 ml, 500 ml"),
    _category("Pet Food", "tin pouch box", ["Chicken", "Beef", "Tuna", "Salmon", "Cat", "Rabbit"],
        "85 g, 200 g, 400 g"),
    _category("Dish Soap", "squeeze", SCENT, "450 ml, 750 ml, 1 l"),
    _category("Detergent", "box squeeze pouch", SCENT, "16 WL, 32 WL, 60 WL"),
    _category("Shampoo", "squeeze", SCENT, "200 ml, 250 ml, 400 ml"),
    _category("Toothpaste", "tube box", ["Mint", "Classic", "Sensitive", "Kids", "Natural", "Lemon"],
        "50 ml, 75 ml, 125 ml"),
    _category("Hand Cream", "tube jar", [*SCENT, "Almond", "Honey"], "50 ml, 75 ml, 100 ml"),
    _category("Spice", "shaker tin", ["Paprika", "Chilli", "Garlic", "Onion", "Basil", "Rosemary", "Mint"],
        "40 g, 80 g"),
    _category("Baby Food", "jar pouch cup", ["Carrot", "Peas", "Potato", "Apple", "Pear", "Banana", "Peach"],
              "120 g, 190 g, 250 g"),
)
# fmt: on
