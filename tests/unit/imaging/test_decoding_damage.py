"""Damaged files give a photo or InvalidPhoto, and nothing else."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from support.pictures import encode, quarters, textured
from tillsight.domain.errors import InvalidPhoto
from tillsight.imaging.decoding import PhotoLimits, decode_photo

EXIF = Image.Exif()
EXIF[0x0112] = 6
FILES = [
    encode(textured(64, 48), "JPEG", exif=EXIF),
    encode(textured(64, 48), "JPEG", progressive=True),
    encode(textured(64, 48), "PNG", exif=EXIF),
    encode(Image.fromarray(quarters(64, 48)).quantize(8), "PNG", transparency=1),
    encode(textured(64, 48), "WEBP", exif=EXIF),
    encode(textured(64, 48), "WEBP", lossless=True),
]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A real file with bytes changed, cut out or cut off."""
    data = bytearray(draw(st.sampled_from(FILES)))
    for _ in range(draw(st.integers(1, 6))):
        # Most faults that a decoder must handle are in the first bytes.
        position = draw(st.one_of(st.integers(0, 120), st.integers(0, 10_000))) % max(len(data), 1)
        change = draw(st.sampled_from(["set", "set", "delete", "insert", "cut"]))
        if change == "set" and data:
            data[position] = draw(st.integers(0, 255))
        elif change == "delete":
            del data[position : position + draw(st.integers(1, 16))]
        elif change == "insert":
            data[position:position] = draw(st.binary(min_size=1, max_size=16))
        else:
            del data[max(position, 8) :]
    return bytes(data)


@given(damaged())
@settings(max_examples=600, deadline=None)
def test_damaged_bytes_give_a_photo_or_invalid_photo_and_nothing_else(data: bytes) -> None:
    try:
        photo = decode_photo(data, PhotoLimits(max_pixels=1_000_000))
    except InvalidPhoto as error:
        assert str(error)
    else:
        assert photo.pixels.dtype == np.uint8 and photo.pixels.shape == (photo.height, photo.width, 3)
