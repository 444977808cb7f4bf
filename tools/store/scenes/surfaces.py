"""Counter materials, uint8 [h, w, 3] RGB at any size; `store.scenes.backgrounds` selects among them."""

from __future__ import annotations

import cv2
import numpy as np

from store.colours import Colour, hsv
from store.random_streams import chance
from tillsight.domain.arrays import Floats, Pixels


def fractal_noise(
    rng: np.random.Generator, h: int, w: int, cells: float, octaves: int = 4, stretch: float = 1.0
) -> Floats:
    """Fractal noise [h, w] with a standard deviation of about 1; `stretch` > 1 stretches it along x."""
    coarse = (h + 3) // 4, (w + 3) // 4  # coarse octaves are summed at a quarter of the size, for speed
    smooth, fine = np.zeros(coarse, np.float32), np.zeros((h, w), np.float32)
    for octave in range(octaves):
        n = cells * 2**octave
        grid = rng.normal(size=(max(2, int(n * h / w * stretch) + 2), max(2, int(n / stretch) + 2))).astype(np.float32)
        coarse_octave = grid.shape[0] * 12 < h
        field = smooth if coarse_octave else fine
        field += 0.55**octave * cv2.resize(grid, (field.shape[1], field.shape[0]), interpolation=cv2.INTER_CUBIC)
    total = np.asarray(fine + cv2.resize(smooth, (w, h), interpolation=cv2.INTER_LINEAR), np.float32)
    return total


def apply_tone(colour: Colour, tone: Floats) -> Pixels:
    """uint8 [h, w, 3]: a colour multiplied by a tone for each pixel (1 = unchanged)."""
    grey = np.clip(tone * 128, 0, 255).astype(np.uint8)
    sheet = np.full((*tone.shape, 3), colour, np.uint8)
    return np.asarray(cv2.multiply(sheet, cv2.merge([grey] * 3), scale=1 / 128), np.uint8)


def wood(rng: np.random.Generator, h: int, w: int) -> Pixels:
    """Planks with a grain, along or across."""
    base = hsv(rng.uniform(0.05, 0.1), rng.uniform(0.25, 0.65), rng.uniform(0.35, 0.85))
    upright = chance(rng, 0.4)
    rows, columns = (w, h) if upright else (h, w)
    drift = fractal_noise(rng, rows, columns, 3, 3, stretch=3.0)
    y = np.arange(rows, dtype=np.float32)[:, None] / rows
    veins = np.sin((y * rng.uniform(18, 60) + drift * rng.uniform(0.6, 1.6)) * 2.2)
    fibre = fractal_noise(rng, rows, columns, 40, 2, stretch=16.0)
    tone = 1 + 0.07 * veins + 0.05 * fibre + 0.04 * drift
    planks = int(rng.integers(1, 7))
    for i in range(planks):
        a, b = int(i * rows / planks), int((i + 1) * rows / planks)
        tone[a:b] *= rng.uniform(0.86, 1.12)
        if planks > 1:
            tone[a : a + 1] *= 0.55
    sheet = apply_tone(base, tone)
    return np.ascontiguousarray(np.swapaxes(sheet, 0, 1)) if upright else sheet


def steel(rng: np.random.Generator, h: int, w: int) -> Pixels:
    """Brushed steel."""
    value = rng.uniform(0.45, 0.8)
    fibre = fractal_noise(rng, h, w, 60, 2, stretch=30.0)
    glow = fractal_noise(rng, h, w, 1.5, 1)
    return apply_tone(hsv(0.6, rng.uniform(0, 0.06), value), 1 + 0.05 * fibre + 0.1 * glow)


def laminate(rng: np.random.Generator, h: int, w: int) -> Pixels:
    """A plain colour with fine specks."""
    base = hsv(rng.random(), rng.uniform(0, 0.25), rng.uniform(0.3, 0.95))
    specks = rng.random((h, w), dtype=np.float32)
    tone = 1 + 0.03 * fractal_noise(rng, h, w, 4, 2) - 0.25 * (specks > 0.97) + 0.2 * (specks < 0.03)
    return apply_tone(base, cv2.GaussianBlur(tone.astype(np.float32), (0, 0), rng.uniform(0.4, 1.0)))


def stone(rng: np.random.Generator, h: int, w: int) -> Pixels:
    """Light or dark stone with veins."""
    light = chance(rng, 0.6)
    base = hsv(
        rng.uniform(0.05, 0.65), rng.uniform(0, 0.14), rng.uniform(0.75, 0.95) if light else rng.uniform(0.12, 0.4)
    )
    flow = fractal_noise(rng, h, w, 3, 5)
    veins = np.exp(-np.abs(flow) * rng.uniform(6, 14))
    sign = -0.3 if light else 0.7
    return apply_tone(
        base, 1 + 0.05 * fractal_noise(rng, h, w, 5, 4) + sign * veins * np.clip(fractal_noise(rng, h, w, 2, 2), 0, 1)
    )


def granite(rng: np.random.Generator, h: int, w: int) -> Pixels:
    """Speckled granite."""
    base = hsv(rng.uniform(0, 1), rng.uniform(0, 0.2), rng.uniform(0.25, 0.7))
    return apply_tone(
        base, np.clip(1 + rng.uniform(0.1, 0.25) * fractal_noise(rng, h, w, rng.uniform(70, 150), 2), 0.3, 1.8)
    )


def belt(rng: np.random.Generator, h: int, w: int) -> Pixels:
    """A ribbed rubber belt, some with a metal or plastic frame."""
    value = rng.uniform(0.08, 0.3)
    pitch = rng.uniform(4, 12)
    y, x = np.arange(h, dtype=np.float32)[:, None], np.arange(w, dtype=np.float32)[None, :]
    ribs = (
        np.sin((x if chance(rng, 0.5) else y) * 2 * np.pi / pitch)
        if chance(rng, 0.6)
        else np.sin(x * 2 * np.pi / pitch) * np.sin(y * 2 * np.pi / pitch)
    )
    wrinkles = fractal_noise(rng, h, w, 2, 3, stretch=4.0)
    sheet = apply_tone(
        hsv(rng.uniform(0.3, 0.65), rng.uniform(0, 0.2), value),
        np.broadcast_to(1 + 0.1 * ribs, (h, w)).astype(np.float32) + 0.09 * wrinkles,
    )
    if chance(rng, 0.5):  # the belt's metal or plastic frame along an edge
        depth = int(rng.uniform(0.03, 0.12) * h)
        sheet[-depth:] = apply_tone(
            hsv(0.6, 0.03, rng.uniform(0.5, 0.85)), 1 + 0.05 * fractal_noise(rng, depth, w, 30, 1, stretch=10.0)
        )
        sheet[-depth : -depth + 2] = 20
    return sheet


def cloth(rng: np.random.Generator, h: int, w: int) -> Pixels:
    """Woven cloth with folds, some with checks or stripes."""
    base = hsv(rng.random(), rng.uniform(0.05, 0.6), rng.uniform(0.35, 0.95))
    y, x = np.arange(h, dtype=np.float32)[:, None], np.arange(w, dtype=np.float32)[None, :]
    weave = np.sin(x * 2.1) * 0.04 + np.sin(y * 2.1) * 0.04
    folds = fractal_noise(rng, h, w, 1.5, 2, stretch=1.8)
    sheet = apply_tone(base, (1 + weave + 0.1 * folds).astype(np.float32))
    if chance(rng, 0.5):
        pitch, other = (
            rng.uniform(24, 90),
            np.array(hsv(rng.random(), rng.uniform(0.1, 0.7), rng.uniform(0.4, 1)), np.float32),
        )
        band = (np.floor(x / pitch) % 2) * 0.4 + (np.floor(y / pitch) % 2) * (0.4 if chance(rng, 0.6) else 0)
        sheet = np.clip(sheet + (other - sheet) * band[..., None] * 0.7, 0, 255).astype(np.uint8)
    return sheet


def plain(rng: np.random.Generator, h: int, w: int) -> Pixels:
    """An almost uniform colour."""
    grey = chance(rng, 0.6)
    base = hsv(rng.random(), rng.uniform(0, 0.05) if grey else rng.uniform(0.1, 0.7), rng.uniform(0.25, 0.98))
    return apply_tone(base, 1 + 0.015 * fractal_noise(rng, h, w, 2, 2))


def tiles(rng: np.random.Generator, h: int, w: int) -> Pixels:
    """Tiles with grooves between them."""
    base = hsv(rng.random(), rng.uniform(0, 0.3), rng.uniform(0.45, 0.95))
    pitch = int(rng.integers(45, 150))
    shift_y, shift_x = rng.integers(pitch, size=2)
    rows, columns = (np.arange(h) + shift_y), (np.arange(w) + shift_x)
    shade = rng.uniform(0.94, 1.06, (h // pitch + 3, w // pitch + 3)).astype(np.float32)
    tone = shade[np.ix_(rows // pitch, columns // pitch)] + 0.03 * fractal_noise(rng, h, w, 6, 2)
    groove = rng.uniform(0.6, 1.15)
    tone[rows % pitch < 3] = groove
    tone[:, columns % pitch < 3] = groove
    return apply_tone(base, tone)
