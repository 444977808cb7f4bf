"""Small photos that are drawn in memory."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tillsight.domain.arrays import Pixels

RED, GREEN, BLUE = (220, 30, 30), (30, 200, 30), (30, 30, 220)


def encode(pixels: NDArray[Any] | Image.Image, file_format: str = "PNG", **options: Any) -> bytes:
    """Pixels as an encoded file."""
    picture = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    file = io.BytesIO()
    picture.save(file, file_format, **options)
    return file.getvalue()


Shape = tuple[tuple[int, int, int, int], tuple[int, int, int]]


def counter(*objects: Shape, width: int = 120, height: int = 80) -> Pixels:
    """A white counter with plain rectangles on it: ((x, y, width, height), colour)."""
    pixels = np.full((height, width, 3), 255, np.uint8)
    for (x, y, w, h), colour in objects:
        pixels[y : y + h, x : x + w] = colour
    return pixels


def quarters(width: int = 40, height: int = 24) -> Pixels:
    """Red, green, blue and white quarters, clockwise from the top left: any rotation or flip is visible."""
    pixels = np.full((height, width, 3), 255, np.uint8)
    pixels[: height // 2, : width // 2] = RED
    pixels[: height // 2, width // 2 :] = GREEN
    pixels[height // 2 :, width // 2 :] = BLUE
    return pixels


def textured(width: int = 160, height: int = 120) -> Pixels:
    """Smooth colours that differ everywhere, so that every part of a compressed file holds data."""
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    waves = [np.sin(columns / (5 + band)) * np.cos(rows / (7 + band)) for band in range(3)]
    return (127.5 + 127.5 * np.stack(waves, axis=2)).astype(np.uint8)


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """One chunk of a PNG file."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *chunks: bytes, depth: int = 8, colour: int = 2) -> bytes:
    """A PNG file with this size in its header and only these chunks."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + b"".join(chunks) + png_chunk(b"IEND", b"")
