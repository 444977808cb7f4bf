"""How light falls on a pack: the view, shading and gloss."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from tillsight.domain.arrays import Floats, Pixels


@dataclass(frozen=True)
class View:
    """How a pack is seen and lit.

    `light`: -1 (from the left) to 1 (from the right). `elevation`: 0 (eye level) to 1 (from above). `side`: the width
    of a carton's visible side face as a fraction of its front, negative for the left side. `gloss` and `wrinkles`:
    strengths, about 0..1.2. `rng` draws what differs between specimens.
    """

    light: float
    elevation: float
    side: float
    gloss: float
    wrinkles: float
    rng: np.random.Generator


def apply_light(image: Pixels, shade: Floats, shine: Floats | None = None) -> Pixels:
    """The image times `shade` (1 = unchanged), then mixed with white by `shine` (0..1).

    Both maps are [H, W] or broadcast to it, such as [H, 1] and [1, W].
    """
    h, w = image.shape[:2]
    tone = cv2.merge([np.broadcast_to(np.clip(shade * 128, 0, 255), (h, w)).astype(np.uint8)] * 3)
    out = np.asarray(cv2.multiply(image, tone, scale=1 / 128), np.uint8)
    if shine is not None:
        white = cv2.merge([np.broadcast_to(np.clip(shine * 255, 0, 255), (h, w)).astype(np.uint8)] * 3)
        out = np.asarray(255 - cv2.multiply(255 - out, 255 - white, scale=1 / 255), np.uint8)
    return out


def bevel(height: int, width: int, edge: float, light: float) -> Floats:
    """Shade [height, width] of a flat face whose edges bend away over about `edge` pixels."""
    x = np.arange(width, dtype=np.float32)
    y = np.arange(height, dtype=np.float32)[:, None]
    edge_shade = 0.16 * (np.exp(-x / edge) + np.exp(-(width - 1 - x) / edge)) + 0.16 * (
        np.exp(-y / edge) + np.exp(-(height - 1 - y) / edge)
    )
    ramp = 1.02 + 0.07 * light * (2 * x / width - 1) - 0.06 * (y / height)
    return np.asarray(ramp - edge_shade, np.float32)
