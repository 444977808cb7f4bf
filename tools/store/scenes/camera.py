"""Camera effects: light, colour cast, exposure, blur, sensor noise and JPEG compression."""

from __future__ import annotations

import cv2
import numpy as np

from store.graphics.textures import add_grain
from store.random_streams import chance
from tillsight.domain.arrays import Pixels


def apply_camera(rng: np.random.Generator, image: Pixels, strength: float = 1.0, jpeg: bool = True) -> Pixels:
    """A photo of a clean image: uint8 [H, W, 3] RGB in and out; no pixel moves.

    `strength` scales every effect; 0 leaves light and noise out. `jpeg` compresses the result with a random quality.
    """
    h, w = image.shape[:2]
    out = _tone(rng, image, strength)
    gain = _light(rng, h, w, strength)
    out = np.asarray(cv2.multiply(out, cv2.merge([gain] * 3), scale=1 / 128), np.uint8)
    if chance(rng, 0.55 * strength):
        sigma = rng.uniform(0.4, 1.3) * strength * max(h, w) / 1024
        out = np.asarray(cv2.GaussianBlur(out, (0, 0), max(0.3, sigma)), np.uint8)
    elif chance(rng, 0.12 * strength):
        out = _motion_blur(rng, out)
    out = _noise(rng, out, strength)
    if jpeg:
        quality = int(rng.integers(55, 97)) if strength > 0 else 97
        _, code = cv2.imencode(".jpg", cv2.cvtColor(out, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
        out = np.asarray(cv2.cvtColor(cv2.imdecode(code, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB), np.uint8)
    return out


def _tone(rng: np.random.Generator, image: Pixels, strength: float) -> Pixels:
    """Exposure, contrast and colour temperature as one lookup table for each channel."""
    exposure = 2.0 ** (rng.normal(0, 0.28) * strength)
    gamma = float(np.exp(rng.normal(0, 0.12) * strength))
    warmth = rng.normal(0, 0.07) * strength
    tint = rng.normal(0, 0.025) * strength
    levels = np.linspace(0, 1, 256)
    tables = []
    for gain in (1 + warmth, 1 + tint, 1 - warmth):
        curve = np.clip(levels * exposure * gain, 0, 4) ** gamma
        rolled = np.where(curve > 0.8, 0.8 + 0.2 * (1 - np.exp(-(curve - 0.8) / 0.2)), curve)  # highlights roll off
        tables.append(np.clip(rolled * 255, 0, 255).astype(np.uint8))
    return np.asarray(cv2.LUT(image, np.stack(tables, 1)[None]), np.uint8)


def _light(rng: np.random.Generator, h: int, w: int, strength: float) -> Pixels:
    """Uneven light as a gain map [h, w], 128 = unchanged: a slope, a spot of light and vignetting."""
    y, x = np.linspace(-1, 1, 24)[:, None], np.linspace(-1, 1, 32)[None, :]
    a = rng.uniform(0, 2 * np.pi)
    slope = rng.uniform(0, 0.22) * (np.cos(a) * x + np.sin(a) * y)
    cx, cy = rng.uniform(-1, 1, 2)
    pool = rng.uniform(0, 0.25) * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / rng.uniform(0.3, 1.5))
    fall = -rng.uniform(0, 0.16) * (x * x + y * y) / 2
    small = (1 + strength * (slope + pool + fall)) * 128
    return np.asarray(
        cv2.resize(np.clip(small, 0, 255).astype(np.uint8), (w, h), interpolation=cv2.INTER_CUBIC), np.uint8
    )


def _motion_blur(rng: np.random.Generator, image: Pixels) -> Pixels:
    """A short straight motion blur."""
    reach = int(rng.integers(3, 8))
    kernel = np.zeros((reach, reach), np.float32)
    a = rng.uniform(0, np.pi)
    dx, dy = np.cos(a) * reach / 2, np.sin(a) * reach / 2
    c = reach / 2
    cv2.line(kernel, (int(c - dx), int(c - dy)), (int(c + dx), int(c + dy)), (1.0,))
    return np.asarray(cv2.filter2D(image, -1, kernel / max(1.0, float(kernel.sum()))), np.uint8)


def _noise(rng: np.random.Generator, image: Pixels, strength: float) -> Pixels:
    """Sensor noise from one random tile; a part of it is common to the three channels."""
    sigma = abs(rng.normal(0, 4.0)) * strength
    if sigma < 0.3:
        return image
    return add_grain(image, rng.normal(0, sigma, (257, 257, 1)) + rng.normal(0, 0.5 * sigma, (257, 257, 3)))
