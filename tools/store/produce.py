"""Loose fruit and vegetables: a body from a shape, its skin, and what grows on top."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from store.assortment import ProductSpec
from store.colours import Colour, mix, turn
from store.decor import oval, polygon
from store.shading import View, smooth_noise
from store.varieties import BROWN, LEAF, VARIETIES, Variety

Pixels = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]


def produce(spec: ProductSpec, width: int, height: int, view: View) -> Pixels:
    """One fruit of the variety; `view.rng` makes it an individual. RGBA [about height, about width, 4]."""
    variety = VARIETIES[-1 - spec.family]
    rng = view.rng
    outline = _outline(variety, width, height, rng)
    alpha = np.zeros((height, width), np.uint8)
    cv2.fillPoly(alpha, [(outline * 16).astype(np.int32)], 255, lineType=cv2.LINE_AA, shift=4)
    body = (alpha > 127).astype(np.uint8)
    tone, shine = _relief(body, view)
    colour = _skin(variety, height, width, rng, tone)
    lit = colour * (0.42 + 0.66 * tone)[..., None]
    gloss = {"gloss": 0.75, "dimples": 0.35, "bloom": 0.3, "earthy": 0.05, "fuzzy": 0.08, "papery": 0.3}.get(variety.skin, 0.25)
    lit += (255 - lit) * (shine * gloss * view.gloss)[..., None]
    sheet = np.clip(lit, 0, 255).astype(np.uint8)
    return _crown(variety, sheet, alpha, rng)


def _outline(variety: Variety, width: int, height: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Closed outline in pixels, [N, 2] as x, y."""
    if variety.shape in ("crescent", "taper", "rod"):
        points = _spine(variety.shape, rng)
    else:
        points = _polar(variety.shape, rng)
    low, high = points.min(0), points.max(0)
    unit = (points - low) / (high - low)
    margin = 0.1 if variety.top in ("stalk", "calyx", "cap", "crown", "shoots") else 0.02
    box = np.array([width - 4, (height - 4) * (1 - margin)])
    if variety.shape in ("crescent", "taper", "rod"):
        box = np.array([(width - 4) * (1 - margin), height - 4])
        return unit * box + [2 + (width - 4) * margin, 2]
    return unit * box + [2, 2 + (height - 4) * margin]


def _polar(shape: str, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    a = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    up, side = -np.cos(a), np.sin(a)  # a = 0 points up
    r = 1 + 0.02 * np.sin(2 * a + rng.uniform(0, 6)) + 0.012 * np.sin(3 * a + rng.uniform(0, 6))
    if shape == "apple":
        r *= 1 - 0.16 * np.exp(-(np.minimum(a, 2 * np.pi - a) / 0.35) ** 2) - 0.05 * np.exp(-((a - np.pi) / 0.3) ** 2) + 0.03 * np.abs(side)
        side = side * (1 - 0.1 * up)
    elif shape == "pear":
        side = side * np.where(up < 0, 1 - 0.52 * np.abs(up) ** 0.9, 1)
    elif shape == "lemon":
        r *= 1 + 0.16 * np.exp(-((np.abs(np.angle(np.exp(1j * (a - np.pi / 2))))) / 0.16) ** 2) + 0.1 * np.exp(-((np.abs(np.angle(np.exp(1j * (a + np.pi / 2))))) / 0.14) ** 2)
    elif shape == "egg":
        side = side * (1 - 0.1 * up * rng.choice([-1, 1]))
    elif shape == "bell":
        boxy = (np.abs(side) ** 3.4 + np.abs(up) ** 3.4) ** (-1 / 3.4)
        below = np.abs(np.angle(np.exp(1j * (a - np.pi))))
        r = r * boxy * (1 - 0.09 * np.exp(-(np.minimum(a, 2 * np.pi - a) / 0.3) ** 2) - 0.07 * np.exp(-(below / 0.16) ** 2))
        side = side * (1 - 0.16 * up)
    elif shape == "ribbed":
        r *= 1 + 0.045 * np.abs(np.sin(4 * a + rng.uniform(0, 3)))
    elif shape == "onion":
        r *= 1 + 0.34 * np.exp(-(np.minimum(a, 2 * np.pi - a) / 0.2) ** 2) + 0.08 * np.exp(-((a - np.pi) / 0.15) ** 2)
    elif shape in ("lump", "knobbly"):
        strength = 0.05 if shape == "lump" else 0.16
        for n in (2, 3, 4, 5):
            r += strength * rng.uniform(0.3, 1) * np.sin(n * a + rng.uniform(0, 6)) / np.sqrt(n)
    elif shape == "ruffle":
        r *= 1 + 0.05 * np.sin(9 * a + rng.uniform(0, 6)) + 0.03 * np.sin(23 * a + rng.uniform(0, 6)) + 0.03 * rng.normal(size=a.size)
    elif shape == "mushroom":
        cap = up < 0.12
        side = np.where(cap, side, np.sign(side) * np.minimum(np.abs(side), 0.34))
        up = np.where(cap, up, 0.12 + (up - 0.12) * 0.95)
    return np.stack([r * side, r * up], 1)


def _spine(shape: str, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Long bodies: a bent centre line with a width along it, lying left to right."""
    t = np.linspace(0, 1, 60)
    bend = {"crescent": 0.36, "taper": 0.07, "rod": 0.05}[shape] * rng.uniform(0.7, 1.3) * (1 if shape == "crescent" else rng.choice([-1, 1]))
    girth = {"crescent": 0.1, "taper": 0.09, "rod": 0.08}[shape]
    ends = np.clip(np.minimum(t, 1 - t) / 0.1, 0, 1) ** 0.5
    half = girth * {"crescent": 0.25 + 0.75 * np.sin(np.pi * t) ** 0.5, "taper": (1 - 0.86 * t ** 1.3), "rod": np.ones_like(t)}[shape] * np.clip(ends, 0.14, 1)
    half = half * (1 + 0.04 * np.sin(t * 9 + rng.uniform(0, 6)))
    y = -bend * 4 * (t - 0.5) ** 2
    upper, lower = np.stack([t, y - half], 1), np.stack([t, y + half], 1)[::-1]
    return np.concatenate([upper, lower])


def _relief(body: Pixels, view: View) -> tuple[Plane, Plane]:
    """Shade and shine of a swollen body, from its distance transform."""
    far = cv2.distanceTransform(body, cv2.DIST_L2, 5)
    reach = max(1.0, float(far.max()))
    height = np.sqrt(np.clip(1 - (1 - np.clip(far / reach, 0, 1)) ** 2, 0, 1)) * reach
    height = cv2.GaussianBlur(height, (0, 0), 0.06 * reach + 0.5)
    gx, gy = (cv2.Sobel(height, cv2.CV_32F, dx, dy, ksize=3, scale=1 / 8) for dx, dy in ((1, 0), (0, 1)))
    norm = 1 / np.sqrt(gx * gx + gy * gy + 1)
    lx, ly, lz = 0.5 * view.light, -0.45, 0.74
    tone = np.clip((-gx * lx - gy * ly + lz) * norm, 0.05, 1.1)
    hx, hy, hz = lx * 0.6, ly * 0.6, 0.9
    shine = np.clip((-gx * hx - gy * hy + hz) * norm / np.sqrt(hx * hx + hy * hy + hz * hz), 0, 1) ** 40
    return tone.astype(np.float32), shine.astype(np.float32)


def _skin(variety: Variety, h: int, w: int, rng: np.random.Generator, tone: Plane) -> Plane:
    """The skin's colour before light: ground, blush, and the marks of its kind, float [H, W, 3]."""
    individual = turn(variety.ground, hue=rng.uniform(-0.012, 0.012), saturation=rng.uniform(0.92, 1.08), value=rng.uniform(0.93, 1.05))
    blush = np.clip(0.5 + 0.6 * smooth_noise(rng, h, w, 3, 3) + np.linspace(-0.3, 0.3, h, dtype=np.float32)[:, None], 0, 1)[..., None]
    skin = np.array(individual, np.float32) * (1 - blush) + np.array(variety.blush, np.float32) * blush
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    long = variety.shape in ("crescent", "taper", "rod")
    marks: Plane | None = None
    if variety.skin in ("freckles", "dimples", "fuzzy", "earthy"):
        grain = rng.random((h // (2 if variety.skin != "earthy" else 3) + 1, w // (2 if variety.skin != "earthy" else 3) + 1), dtype=np.float32)
        limit = {"freckles": 0.975, "dimples": 0.9, "fuzzy": 0.75, "earthy": 0.93}[variety.skin]
        marks = cv2.GaussianBlur(cv2.resize((grain > limit).astype(np.float32), (w, h)), (0, 0), 0.9) * 0.8
    elif variety.skin in ("ridges", "stripes", "rings"):
        across, along = (y / h, x / w) if long else (x / w, y / h)
        wobble = smooth_noise(rng, h, w, 8, 8)
        if variety.skin == "rings":
            marks = (np.sin(along * 95 + 4 * wobble) > 0.86).astype(np.float32) * (wobble > -0.1) * 0.7
        else:
            u = np.arcsin(np.clip(2 * across - 1, -1, 1))
            marks = np.clip(np.sin(u * (16 if variety.skin == "stripes" else 7) + 1.4 * wobble * (variety.skin == "stripes")), 0, 1) * (0.95 if variety.skin == "stripes" else 0.35)
    elif variety.skin == "papery":
        spread = np.arctan2(x / w - 0.5, y / h + 0.25)
        marks = np.clip(np.sin(spread * 46 + 1.5 * smooth_noise(rng, h, w, 6, 6)), 0, 1) ** 3 * 0.75
    elif variety.skin == "net":
        cells = smooth_noise(rng, h, w, 22, 22)
        marks = np.clip(1 - np.abs(cells) * 5, 0, 1)
    elif variety.skin == "leaves":
        veins = np.arctan2(x / w - 0.5, 1.15 - y / h)
        marks = np.clip(1 - np.abs(np.sin(veins * 9 + 2 * smooth_noise(rng, h, w, 5, 5))) * 5, 0, 1) * 0.8 + 0.3 * (smooth_noise(rng, h, w, 16, 16) > 0.3)
    elif variety.skin == "bloom":
        marks = np.clip(smooth_noise(rng, h, w, 6, 6), 0, 1) * 0.6
    if marks is not None:
        skin += (np.array(variety.marks, np.float32) - skin) * np.clip(marks, 0, 1)[..., None]
    return skin


def _crown(variety: Variety, sheet: Pixels, alpha: Pixels, rng: np.random.Generator) -> Pixels:
    """Stalk, calyx, leaves or tips, drawn over the body's upper (or left) end."""
    h, w = alpha.shape
    sheet, alpha = np.ascontiguousarray(sheet), np.ascontiguousarray(alpha)
    long = variety.shape in ("crescent", "taper", "rod")
    rows = np.flatnonzero(alpha[:, w // 2] > 127)
    x, y = (0.1 * w, 0.0) if long else (w / 2, float(rows[0]))
    if long:
        edge = np.flatnonzero(alpha[:, int(0.12 * w)] > 127)
        y = float(edge.mean()) if edge.size else h / 2

    def draw(points: list[tuple[float, float]], fill: Colour) -> None:
        polygon(sheet, points, fill)
        polygon(alpha, points, 255)  # type: ignore[arg-type]

    green, s = turn(LEAF, value=rng.uniform(0.85, 1.1)), min(w, h)
    if variety.top == "stalk":
        lean = rng.uniform(-0.05, 0.05) * s
        draw([(x - 0.018 * s, y + 0.09 * s), (x + lean - 0.022 * s, 2), (x + lean + 0.022 * s, 2), (x + 0.018 * s, y + 0.09 * s)], BROWN)
    elif variety.top == "calyx":
        for a in np.linspace(-1.3, 1.3, 5) + rng.uniform(-0.2, 0.2):
            draw([(x - 0.03 * s, y + 0.04 * s), (x + 0.24 * s * np.sin(a), y + 0.1 * s - 0.16 * s * np.cos(a)), (x + 0.03 * s, y + 0.04 * s)], green)
    elif variety.top == "cap" and long:
        draw([(2, y - 0.07 * h), (0.08 * w, y - 0.16 * h), (0.15 * w, y - 0.2 * h), (0.15 * w, y + 0.2 * h), (0.08 * w, y + 0.16 * h), (2, y + 0.07 * h)], green)
    elif variety.top == "cap":
        draw([(x - 0.05 * s, 2), (x + 0.05 * s, 2), (x + 0.04 * s, y), (x + 0.22 * s, y + 0.1 * s), (x, y + 0.07 * s), (x - 0.22 * s, y + 0.1 * s), (x - 0.04 * s, y)], green)
    elif variety.top == "shoots":
        root = (0.12 * w, y) if long else (x, y + 0.04 * s)
        for k in (-0.09, 0.0, 0.09):
            tip = (2.0, root[1] + k * 3 * h) if long else (x + k * 2.4 * s, 2.0)
            draw([(root[0], root[1] - 0.02 * s), tip, (root[0] + 0.02 * s, root[1] + 0.03 * s)], mix(green, variety.ground, 0.2))
    elif variety.top == "crown":
        draw([(x - 0.1 * s, y + 0.05 * s), (x - 0.13 * s, 2), (x - 0.04 * s, y - 0.02 * s), (x, 2), (x + 0.04 * s, y - 0.02 * s), (x + 0.13 * s, 2), (x + 0.1 * s, y + 0.05 * s)], turn(variety.ground, value=0.8))
    elif variety.top == "button":
        oval(sheet, x + rng.uniform(-0.1, 0.1) * s, y + 0.12 * s, 0.035 * s, 0.025 * s, turn(BROWN, value=0.9))
    elif variety.top == "tips":
        for column in (0.13, 0.97):
            edge = np.flatnonzero(alpha[:, int(column * w)] > 127)
            if edge.size:
                oval(sheet, column * w, float(edge.mean()), 0.02 * w, 0.08 * h, variety.marks)
    return np.dstack([sheet, alpha])
