"""Surfaces of packs that carry no print: metal, screw caps, what shows through glass."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from store.colours import Colour, turn
from store.drawings import DRAWINGS
from store.shading import flat, lit

Pixels = npt.NDArray[np.uint8]
METAL: Colour = (198, 200, 206)


def metal(height: int, width: int) -> Pixels:
    """Brushed metal with rolled rings."""
    rows = 0.82 + 0.22 * np.sin(np.linspace(0, 9, max(2, height), dtype=np.float32))[:, None]
    bands = 0.12 * np.sin(np.linspace(0, 14, width, dtype=np.float32))[None, :]
    return lit(flat(max(2, height), width, METAL), (rows + bands).astype(np.float32))


def ribbed(height: int, width: int, colour: Colour) -> Pixels:
    """A screw cap."""
    ribs = 1.0 + 0.13 * np.sin(np.arange(width, dtype=np.float32) * 2 * np.pi / max(4.0, width / 34))[None, :]
    cap = lit(flat(max(2, height), width, colour), np.broadcast_to(ribs, (max(2, height), width)).astype(np.float32))
    cap[-max(1, height // 8) :] = turn(colour, value=0.7)
    return cap


def stacked(parts: list[Pixels], height: int) -> Pixels:
    """Parts one below the other, cut or drawn out to a height."""
    whole = np.concatenate(parts)[:height]
    short = height - whole.shape[0]
    return whole if short <= 0 else np.concatenate([whole, np.repeat(whole[-1:], short, axis=0)])


def content_colour(pictogram: str) -> Colour:
    """The main colour of a flavour's picture."""
    code = DRAWINGS[pictogram][0]
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)
