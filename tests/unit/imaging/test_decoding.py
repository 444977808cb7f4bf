"""Any bytes give an upright photo or the reason why they do not."""

from __future__ import annotations

import tracemalloc
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from support.pictures import BLUE, GREEN, RED, encode, png, png_chunk, quarters, textured
from tillsight.domain.errors import InvalidPhoto
from tillsight.imaging.decoding import PhotoLimits, decode_photo

LIMITS = PhotoLimits()
JPEG = encode(textured(), "JPEG", quality=90)


def refusal(data: bytes, limits: PhotoLimits = LIMITS) -> str:
    with pytest.raises(InvalidPhoto) as caught:
        decode_photo(data, limits)
    return str(caught.value)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "empty", id="no bytes"),
        pytest.param(b"product_id,name,image\n1,Tea,a.jpg\n", "not a JPEG", id="text file"),
        pytest.param(encode(quarters(), "GIF"), "not a JPEG", id="GIF"),
        pytest.param(encode(quarters(), "BMP"), "not a JPEG", id="BMP"),
        pytest.param(encode(quarters(), "TIFF"), "not a JPEG", id="TIFF"),
        pytest.param(encode(quarters(1, 1)), "1 x 1", id="one pixel"),
        pytest.param(encode(quarters(2000, 15)), "2000 x 15", id="too thin"),
        pytest.param(JPEG[:2], "not a JPEG", id="JPEG marker alone"),
        pytest.param(b"\x89PNG\r\n\x1a\n", "not a JPEG", id="PNG signature alone"),
        pytest.param(png(64, 64), "damaged", id="PNG without pixels"),
        pytest.param(png(0, 64), "", id="PNG without width"),
    ],
)
def test_bytes_that_are_not_a_photo_are_refused_with_the_reason(data: bytes, reason: str) -> None:
    assert reason in refusal(data)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.8, 0.95])
@pytest.mark.parametrize(("file_format", "quality"), [("JPEG", 90), ("PNG", None), ("WEBP", 90)])
def test_a_file_that_ends_early_is_refused(file_format: str, quality: int | None, share: float) -> None:
    data = encode(textured(), file_format, **({"quality": quality} if quality else {}))
    assert refusal(data[: int(len(data) * share)])


def test_a_progressive_jpeg_that_ends_early_is_refused() -> None:
    data = encode(textured(), "JPEG", progressive=True)
    assert "ends early" in refusal(data[: len(data) // 2])


def test_more_bytes_than_the_limit_are_refused_with_both_numbers() -> None:
    message = refusal(JPEG, PhotoLimits(max_bytes=1000))
    assert str(len(JPEG)) in message and "1000" in message


def test_more_pixels_than_the_limit_are_refused_with_both_numbers() -> None:
    message = refusal(JPEG, PhotoLimits(max_pixels=19_199))
    assert "160 x 120" in message and "19199" in message
    assert decode_photo(JPEG, PhotoLimits(max_pixels=19_200)).width == 160


@pytest.mark.parametrize("side", [7_100, 12_000, 60_000, 2**31 - 1])
def test_a_header_with_a_huge_size_is_refused_without_using_memory(side: int) -> None:
    bomb = png(side, side, png_chunk(b"IDAT", zlib.compress(bytes(100_000))))
    decode_photo(JPEG, LIMITS)  # plugins are loaded
    tracemalloc.start()
    try:
        refusal(bomb)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "chunk",
    [
        png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(300_000_000), 1)),
        png_chunk(b"iCCP", b"icc\0\0" + zlib.compress(bytes(300_000_000), 1)),
    ],
    ids=["text", "colour profile"],
)
def test_a_chunk_that_inflates_to_gigabytes_uses_no_memory(chunk: bytes) -> None:
    bomb = png(64, 64, chunk, png_chunk(b"IDAT", zlib.compress(bytes(64 * (64 * 3 + 1)))))
    tracemalloc.start()
    try:
        assert decode_photo(bomb, LIMITS).pixels.shape == (64, 64, 3)
    except InvalidPhoto:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 20_000_000


def test_rows_beyond_the_size_in_the_header_are_ignored() -> None:
    swollen = png(64, 64, png_chunk(b"IDAT", zlib.compress(bytes(50_000_000), 1)))
    assert decode_photo(swollen, LIMITS).pixels.shape == (64, 64, 3)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
def test_a_photo_with_exif_orientation_is_decoded_upright(file_format: str, orientation: int) -> None:
    upright = Image.fromarray(quarters(64, 48))
    undo = {
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    stored = upright
    for turn in undo.get(orientation, []):
        stored = stored.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = decode_photo(encode(stored, file_format, exif=exif), LIMITS)
    assert (photo.width, photo.height) == (64, 48)
    centres = [photo.pixels[12, 16], photo.pixels[12, 48], photo.pixels[36, 48], photo.pixels[36, 16]]
    np.testing.assert_allclose(centres, [RED, GREEN, BLUE, (255, 255, 255)], atol=25)


def test_a_cmyk_jpeg_keeps_its_colours() -> None:
    photo = decode_photo(encode(Image.fromarray(quarters(64, 48)).convert("CMYK"), "JPEG", quality=95), LIMITS)
    np.testing.assert_allclose(photo.pixels[12, 16], RED, atol=25)
    np.testing.assert_allclose(photo.pixels[36, 16], (255, 255, 255), atol=25)


@pytest.mark.parametrize("channels", [1, 3, 4], ids=["grey", "RGB", "RGBA"])
def test_16_bits_a_channel_keep_their_brightness(channels: int) -> None:
    levels = np.repeat(np.linspace(0, 65535, 64).astype(np.uint16)[None], 32, axis=0)
    deep = np.repeat(levels[:, :, None], channels, axis=2)
    if channels == 4:
        deep[:, :, 3] = 65535
    photo = decode_photo(cv2.imencode(".png", deep)[1].tobytes(), LIMITS)
    assert photo.pixels.shape == (32, 64, 3)
    np.testing.assert_allclose(photo.pixels[0, :, 0], levels[0] / 257, atol=1)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P"])
def test_every_pixel_format_is_decoded_as_rgb(mode: str) -> None:
    photo = decode_photo(encode(Image.fromarray(quarters(64, 48)).convert(mode)), LIMITS)
    assert photo.pixels.shape == (48, 64, 3) and photo.pixels.dtype == np.uint8
    np.testing.assert_allclose(photo.pixels[36, 16], (255, 255, 255), atol=2)


def test_an_rgba_photo_is_blended_with_white_and_keeps_its_alpha() -> None:
    rgba = np.dstack([quarters(64, 48), np.full((48, 64), 255, np.uint8)])
    rgba[:, :16, 3] = 0
    rgba[:, 16:32, 3] = 128
    photo = decode_photo(encode(rgba), LIMITS)
    assert photo.alpha is not None
    np.testing.assert_array_equal(photo.alpha, rgba[:, :, 3])
    np.testing.assert_array_equal(photo.pixels[12, 4], (255, 255, 255))
    np.testing.assert_allclose(photo.pixels[12, 24], (np.array(RED) + 255) / 2, atol=2)
    np.testing.assert_array_equal(photo.pixels[12, 60], GREEN)


def test_a_palette_with_a_transparent_colour_gives_alpha() -> None:
    palette = Image.fromarray(quarters(64, 48)).quantize(8)
    transparent = palette.getpixel((4, 4))
    photo = decode_photo(encode(palette, transparency=transparent), LIMITS)
    assert photo.alpha is not None and photo.alpha[12, 16] == 0 and photo.alpha[12, 48] == 255
    np.testing.assert_array_equal(photo.pixels[12, 16], (255, 255, 255))


def test_a_jpeg_with_several_pictures_gives_the_first() -> None:
    first, second = Image.fromarray(quarters(64, 48)), Image.new("RGB", (64, 48), BLUE)
    data = encode(first, "MPO", save_all=True, append_images=[second])
    np.testing.assert_allclose(decode_photo(data, LIMITS).pixels[12, 16], RED, atol=25)
