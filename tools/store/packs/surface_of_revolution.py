"""Packs as surfaces of revolution: a texture wrapped around a profile."""

from __future__ import annotations

import cv2
import numpy as np

from store.graphics.lighting import View, apply_light
from tillsight.domain.arrays import Pixels

Profile = list[tuple[float, float]]
"""(fraction of the height, fraction of the half-width), top to bottom."""


def revolve(
    texture: Pixels,
    profile: Profile,
    width: int,
    view: View,
    gloss: float,
    bow: float = 0.03,
    flatness: float = 0.0,
) -> Pixels:
    """uint8 [H, width, 4] RGBA of a body of revolution; H is the height of `texture` [H, W, 3].

    `profile` lists (fraction of the height, fraction of the half-width), top to bottom. `bow` is the sag of horizontal
    lines as a fraction of the width. `flatness`: 0 is a cylinder, 1 a flat front with rounded edges.
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
    front = np.sqrt(1 - u * u)  # 1 at the point nearest to the camera, 0 at the sides
    sag = bow * (0.4 + view.elevation) * width * front
    # the texture runs around the body: its columns follow the angle; 0.94 limits the stretch at the sides
    angle = np.arcsin(u * 0.94) / np.arcsin(0.94) * (1 - flatness) + u * flatness
    source_x = ((angle + 1) / 2 * (texture.shape[1] - 1)).astype(np.float32)
    source_y = (y[:, None] - sag + bow * (0.4 + view.elevation) * width).astype(np.float32)
    body = np.asarray(
        cv2.remap(texture, source_x, source_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )
    normal = u if flatness < 0.5 else np.sign(u) * np.abs(u) ** 6
    depth = np.sqrt(1 - normal * normal)
    shade = 0.56 + 0.5 * depth + 0.16 * view.light * normal
    # two highlights: a strong one on the side of the light, a weaker one on the other
    at = -0.45 + 0.9 * (view.light > 0) + 0.12 * view.light
    shine = gloss * view.gloss * (np.exp(-(((u - at) / 0.09) ** 2)) + 0.4 * np.exp(-(((u + at * 1.5) / 0.06) ** 2)))
    body = apply_light(body, shade.astype(np.float32), shine.astype(np.float32))
    sides = np.clip(radius - np.abs(x) + 0.5, 0, 1)
    lower = np.clip(h - 1 - y[:, None] - bow * (0.4 + view.elevation) * width * (1 - front) + 0.5, 0, 1)
    upper = np.clip(y[:, None] - bow * 0.5 * width * (1 - front) + 0.5, 0, 1)
    return np.dstack([body, (sides * lower * upper * 255).astype(np.uint8)])
