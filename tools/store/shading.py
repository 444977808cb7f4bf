"""Light on packs: bodies of revolution, flat faces, gloss, wrinkles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from store.colours import Colour

Pixels = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]


@dataclass(frozen=True)
class View:
    """How a pack is looked at. `light` is -1 (left) to 1 (right); `above` 0 (level) to 1 (from above);
    `side` the share of a carton's width by which its side face shows, negative for the left one."""

    light: float
    above: float
    side: float
    gloss: float
    wear: float
    rng: np.random.Generator


def lit(image: Pixels, shade: Plane, shine: Plane | None = None) -> Pixels:
    """Multiply by a shade (1 = unchanged), then mix in white by `shine` (0..1). Both are [H, W] or [H, 1]/[1, W]."""
    h, w = image.shape[:2]
    tone = cv2.merge([np.broadcast_to(np.clip(shade * 128, 0, 255), (h, w)).astype(np.uint8)] * 3)
    out = np.asarray(cv2.multiply(image, tone, scale=1 / 128), np.uint8)
    if shine is not None:
        white = cv2.merge([np.broadcast_to(np.clip(shine * 255, 0, 255), (h, w)).astype(np.uint8)] * 3)
        out = np.asarray(255 - cv2.multiply(255 - out, 255 - white, scale=1 / 255), np.uint8)
    return out


def smooth_noise(rng: np.random.Generator, height: int, width: int, cells_y: int, cells_x: int) -> Plane:
    """Noise in about -1..1 with the given number of cells each way."""
    grid = rng.uniform(-1, 1, (max(2, cells_y), max(2, cells_x))).astype(np.float32)
    return np.asarray(cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def revolve(
    texture: Pixels,
    profile: list[tuple[float, float]],
    width: int,
    view: View,
    gloss: float,
    bow: float = 0.03,
    flatness: float = 0.0,
) -> Pixels:
    """RGBA of a turned body [H of the texture, width, 4].

    `profile` lists (share of height, share of the half-width), top to bottom; `bow` is the sag of level
    lines in shares of the width; `flatness` 0 is a cylinder, 1 a flat front with rounded edges.
    """
    h = texture.shape[0]
    half, centre = width / 2 - 1, width / 2 - 0.5
    stops, radii = zip(*profile, strict=True)
    y = np.arange(h, dtype=np.float32)
    radius = (np.interp(y / max(1, h - 1), stops, radii) * half).astype(np.float32)
    smoothed = cv2.blur(radius[:, None], (1, max(1, h // 60)), borderType=cv2.BORDER_REPLICATE)
    radius = np.asarray(smoothed, np.float32)
    x = np.arange(width, dtype=np.float32)[None, :] - centre
    u = np.clip(x / np.maximum(radius, 1), -1, 1)
    front = np.sqrt(1 - u * u)
    sag = bow * (0.4 + view.above) * width * front
    angle = np.arcsin(u * 0.94) / np.arcsin(0.94) * (1 - flatness) + u * flatness
    source_x = ((angle + 1) / 2 * (texture.shape[1] - 1)).astype(np.float32)
    source_y = (y[:, None] - sag + bow * (0.4 + view.above) * width).astype(np.float32)
    body = np.asarray(
        cv2.remap(texture, source_x, source_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )
    normal = u if flatness < 0.5 else np.sign(u) * np.abs(u) ** 6
    depth = np.sqrt(1 - normal * normal)
    shade = 0.56 + 0.5 * depth + 0.16 * view.light * normal
    at = -0.45 + 0.9 * (view.light > 0) + 0.12 * view.light
    shine = gloss * view.gloss * (np.exp(-(((u - at) / 0.09) ** 2)) + 0.4 * np.exp(-(((u + at * 1.5) / 0.06) ** 2)))
    body = lit(body, shade.astype(np.float32), shine.astype(np.float32))
    sides = np.clip(radius - np.abs(x) + 0.5, 0, 1)
    lower = np.clip(h - 1 - y[:, None] - bow * (0.4 + view.above) * width * (1 - front) + 0.5, 0, 1)
    upper = np.clip(y[:, None] - bow * 0.5 * width * (1 - front) + 0.5, 0, 1)
    return np.dstack([body, (sides * lower * upper * 255).astype(np.uint8)])


def rounded_mask(height: int, width: int, radius: float) -> Pixels:
    """Coverage of a rectangle with rounded corners that fills the sheet."""
    r = max(1.0, radius)
    y = np.abs(np.arange(height, dtype=np.float32) - (height - 1) / 2)[:, None] - (height / 2 - r)
    x = np.abs(np.arange(width, dtype=np.float32) - (width - 1) / 2)[None, :] - (width / 2 - r)
    outside = np.hypot(np.maximum(x, 0), np.maximum(y, 0)) + np.minimum(np.maximum(x, y), 0)
    return np.asarray(np.clip((r - outside) * 255, 0, 255), np.uint8)


def flat(height: int, width: int, colour: Colour) -> Pixels:
    """A sheet of one colour."""
    return np.full((height, width, 3), colour, np.uint8)


def bevel(height: int, width: int, edge: float, light: float) -> Plane:
    """Shade of a flat face whose rim of `edge` pixels bends away."""
    x = np.arange(width, dtype=np.float32)
    y = np.arange(height, dtype=np.float32)[:, None]
    rim = 0.16 * (np.exp(-x / edge) + np.exp(-(width - 1 - x) / edge)) + 0.16 * (
        np.exp(-y / edge) + np.exp(-(height - 1 - y) / edge)
    )
    ramp = 1.02 + 0.07 * light * (2 * x / width - 1) - 0.06 * (y / height)
    return np.asarray(ramp - rim, np.float32)


def grained(image: Pixels, tile: npt.NDArray[np.floating[Any]]) -> Pixels:
    """Add a signed tile [h, w, 1 or 3], in levels and laid side by side, to the whole image."""
    h, w = image.shape[:2]
    for sign, apply in ((1, cv2.add), (-1, cv2.subtract)):
        levels = np.clip(np.rint(tile * sign), 0, 255).astype(np.uint8)
        sheet = cv2.repeat(levels, h // tile.shape[0] + 1, w // tile.shape[1] + 1)[:h, :w]
        image = np.asarray(apply(image, sheet if tile.shape[2] == 3 else cv2.merge([sheet] * 3)), np.uint8)
    return image
