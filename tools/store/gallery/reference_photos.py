"""Reference photos: a product in its studio view on a plain light background."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from store.catalogue.assortment import describe
from store.gallery.image_files import save_image
from store.products import render
from tillsight.domain.arrays import Pixels

BACKGROUND = (248, 248, 247)  # RGB


def on_background(rgba: Pixels, pad: float = 0.06) -> Pixels:
    """An RGBA object on a plain light background with a soft shadow: uint8 [H', W', 3] RGB.

    `pad` is the margin as a fraction of the object's longer side, at least 4 pixels.
    """
    h, w = rgba.shape[:2]
    border = max(4, int(pad * max(h, w)))
    alpha = cv2.copyMakeBorder(rgba[..., 3], border, border, border, border, cv2.BORDER_CONSTANT, value=(0,))
    colour = cv2.copyMakeBorder(rgba[..., :3], border, border, border, border, cv2.BORDER_REPLICATE)
    shadow = cv2.blur(np.roll(alpha, border // 3, axis=0), (border, border))
    background = np.clip(np.array(BACKGROUND, np.float32) * (1 - 0.22 * shadow[..., None] / 255), 0, 255)
    cover = alpha[..., None].astype(np.float32) / 255
    return np.asarray(background + (colour - background) * cover, np.float32).astype(np.uint8)


def reference_name(label: int, seed: int) -> str:
    """The path of a label's reference photo, relative to the store's folder."""
    return f"gallery/{describe(label, seed).product_id}.jpg"


def write_reference(folder: Path, label: int, seed: int, size: int) -> str:
    """Render the reference photo of a label into folder/gallery, the product's longer side `size` pixels.

    Returns its path relative to the folder. Raises OSError if it cannot be written.
    """
    name = reference_name(label, seed)
    save_image(folder / name, on_background(render(describe(label, seed), size)))
    return name
