"""Descriptions of products in English, German and Chinese, in three sentence patterns.

Six of the ten English words have two senses, which German and Chinese call by different names. In
German, the endings follow the gender of the noun ("ein kleiner roter Bogen", "eine kleine rote
Schleife"); in Chinese, the measure word follows the noun ("一张弓", "一个蝴蝶结").
"""

from typing import NamedTuple


class Product(NamedTuple):
    """The words for a product: its English word, German noun and gender, Chinese measure + noun."""

    english: str
    german: str
    gender: str
    measure: str
    chinese: str


PRODUCTS = {
    "bat (sport)": Product("bat", "Schläger", "m", "根", "球棒"),
    "bat (animal)": Product("bat", "Fledermaus", "f", "只", "蝙蝠"),
    "bow (weapon)": Product("bow", "Bogen", "m", "张", "弓"),
    "bow (ribbon)": Product("bow", "Schleife", "f", "个", "蝴蝶结"),
    "cup (tea)": Product("cup", "Tasse", "f", "个", "茶杯"),
    "cup (trophy)": Product("cup", "Pokal", "m", "座", "奖杯"),
    "letter (mail)": Product("letter", "Brief", "m", "封", "信"),
    "letter (alphabet)": Product("letter", "Buchstabe", "m", "个", "字母"),
    "pipe (tobacco)": Product("pipe", "Pfeife", "f", "个", "烟斗"),
    "pipe (tube)": Product("pipe", "Rohr", "n", "根", "管子"),
    "key (lock)": Product("key", "Schlüssel", "m", "把", "钥匙"),
    "key (keyboard)": Product("key", "Taste", "f", "个", "按键"),
    "star": Product("star", "Stern", "m", "颗", "星星"),
    "lamp": Product("lamp", "Lampe", "f", "盏", "台灯"),
    "clock": Product("clock", "Uhr", "f", "个", "时钟"),
    "kite": Product("kite", "Drachen", "m", "只", "风筝"),
}

# English -> German, Chinese.
COLORS = {
    "red": ("rot", "红色"),
    "blue": ("blau", "蓝色"),
    "green": ("grün", "绿色"),
    "yellow": ("gelb", "黄色"),
}
SIZES = {"small": ("klein", "小"), "large": ("groß", "大")}
PLACES = {"left": ("links", "左边"), "right": ("rechts", "右边")}

INDEFINITE = {"m": "ein", "f": "eine", "n": "ein"}
DEFINITE = {"m": "der", "f": "die", "n": "das"}
ENDINGS = {"m": "er", "f": "e", "n": "es"}  # of an adjective after the indefinite article

# The same three patterns in each language; n is the noun.
ENGLISH = (
    "a {size} {color} {n} on the {place}",
    "the {n} on the {place} is {size} and {color}",
    "on the {place} there is a {size} {color} {n}",
)
GERMAN = (
    "{ein} {size}{e} {color}{e} {n} {place}",
    "{der} {n} {place} ist {size} und {color}",
    "{place} ist {ein} {size}{e} {color}{e} {n}",
)
CHINESE = (
    "一{measure}{size}{size}的{color}的{n}在{place}",
    "{place}的{n}很{size}，是{color}的",
    "{place}有一{measure}{size}{size}的{color}的{n}",
)


def english(product: str, color: str, size: str, place: str, pattern: int) -> str:
    """The English description.

    Example:
        >>> english("bow (weapon)", "red", "small", "left", 0)
        'a small red bow on the left'
    """
    words = {"size": size, "color": color, "place": place, "n": PRODUCTS[product].english}
    return ENGLISH[pattern].format(**words)


def german(product: str, color: str, size: str, place: str, pattern: int) -> str:
    """The German description; takes the English words.

    Example:
        >>> german("bow (weapon)", "red", "small", "left", 0)
        'ein kleiner roter Bogen links'
        >>> german("bow (ribbon)", "red", "small", "left", 0)
        'eine kleine rote Schleife links'
    """
    noun, gender = PRODUCTS[product].german, PRODUCTS[product].gender
    return GERMAN[pattern].format(
        n=noun,
        ein=INDEFINITE[gender],
        der=DEFINITE[gender],
        e=ENDINGS[gender],
        color=COLORS[color][0],
        size=SIZES[size][0],
        place=PLACES[place][0],
    )


def chinese(product: str, color: str, size: str, place: str, pattern: int) -> str:
    """The Chinese description; takes the English words.

    Example:
        >>> chinese("bow (weapon)", "red", "small", "left", 0)
        '一张小小的红色的弓在左边'
    """
    return CHINESE[pattern].format(
        n=PRODUCTS[product].chinese,
        measure=PRODUCTS[product].measure,
        color=COLORS[color][1],
        size=SIZES[size][1],
        place=PLACES[place][1],
    )
