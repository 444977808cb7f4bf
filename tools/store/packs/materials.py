"""Pack parts without print: metal and screw caps, and the stacking of parts."""

from __future__ import annotations

import numpy as np

from store.colours import Colour, adjust
from store.graphics.lighting import apply_light
from store.graphics.textures import solid_colour
from tillsight.domain.arrays import Pixels

METAL: Colour = (198, 200, 206)


def brushed_metal(height: int, width: int) -> Pixels:
    """uint8 [max(2, height), width, 3] of brushed metal with rolled rings."""
    rows = 0.82 + 0.22 * np.sin(np.linspace(0, 9, max(2, height), dtype=np.float32))[:, None]
    bands = 0.12 * np.sin(np.linspace(0, 14, width, dtype=np.float32))[None, :]
    return apply_light(solid_colour(max(2, height), width, METAL), (rows + bands).astype(np.float32))


def screw_cap(height: int, width: int, colour: Colour) -> Pixels:
    """uint8 [max(2, height), width, 3] of a ribbed screw cap."""
    ribs = 1.0 + 0.13 * np.sin(np.arange(width, dtype=np.float32) * 2 * np.pi / max(4.0, width / 34))[None, :]
    cap = apply_light(
        solid_colour(max(2, height), width, colour), np.broadcast_to(ribs, (max(2, height), width)).astype(np.float32)
    )
    cap[-max(1, height // 8) :] = adjust(colour, value=0.7)
    return cap


def stack_parts(parts: list[Pixels], height: int) -> Pixels:
    """Parts stacked top to bottom; the result is cropped to `height` pixels or its last row is repeated."""
    whole = np.concatenate(parts)[:height]
    missing = height - whole.shape[0]
    return whole if missing <= 0 else np.concatenate([whole, np.repeat(whole[-1:], missing, axis=0)])
