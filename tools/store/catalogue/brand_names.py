"""The two parts of brand names; every pair of a prefix and a suffix is one brand."""

from __future__ import annotations

# fmt: off
BRAND_PREFIXES = [
    "Alpen", "Nord", "Sonnen", "Casa", "Bella", "Gold", "Green", "Happy", "Royal", "Mari", "Tosca", "Ferro", "Luna",
    "Vita", "Oro", "Krona", "Dal", "Sol", "Monte", "Rio", "Fjord", "Hof", "Land", "Berg", "Wald", "Feld", "Lac",
    "Pura", "Nova", "Terra", "Alba", "Rosa", "Kara", "Mira", "Tavo", "Quin", "Zaro", "Hazel", "Maple", "Brook",
    "Stern", "Falken", "Lind", "Birke", "Osten", "West", "Sud", "Prima", "Duca", "Conti", "Vero", "Fresca", "Amara",
    "Dolce", "Kiku", "Suki", "Pablo", "Olga", "Ivo", "Jolly", "Mister", "Mama", "Baker", "Farmer",
]
BRAND_SUFFIXES = [
    "korn", "hof", "via", "ella", "ino", "mill", "field", "berry", "dale", "gut", "ano", "etta", "land", "burg",
    "way", "ster", "mann", "ova", "ria", "lis", "wood", "house", "garten", "quell", "stolz", "fein", "lio", "mara",
    "nest", "pan", "quick", "ra", "sano", "tal", "ura", "viva", "wick", "xo", "yama", "zett", "bach", "dor", "eck",
    "fit", "glow", "heim", "jam", "kiss", "lux", "more", "nuss",
]
# fmt: on
