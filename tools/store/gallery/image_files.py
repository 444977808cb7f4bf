"""Writing of RGB images."""

from __future__ import annotations

from pathlib import Path

import cv2

from tillsight.domain.arrays import Pixels


def save_image(path: Path, image: Pixels, quality: int = 92) -> None:
    """Write a uint8 [H, W, 3] RGB image in the format of the file's suffix; `quality` (0..100) is for .jpg.

    Raises OSError if it cannot be written.
    """
    options = [cv2.IMWRITE_JPEG_QUALITY, quality] if path.suffix == ".jpg" else [cv2.IMWRITE_PNG_COMPRESSION, 2]
    done, code = cv2.imencode(path.suffix, cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)
    if not done:
        raise OSError(f"cannot encode {path.name} as {path.suffix}")
    path.write_bytes(code.tobytes())
