"""A manifest of classes that even a random network separates."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np


def write_striped_classes(manifest: Path) -> None:
    """Four classes of six photos beside the manifest: a class is a width of stripes, of any colour."""
    random = np.random.default_rng(2)
    lines = ["product_id,name,image"]
    for kind in range(4):
        for number in range(6):
            stripes = (np.arange(48) // (kind + 1) % 2)[:, None, None] * random.integers(60, 256, 3)
            image = f"{kind}-{number}.png"
            cv2.imwrite(str(manifest.parent / image), np.broadcast_to(stripes, (48, 48, 3)).astype(np.uint8))
            lines.append(f"c{kind},Class {kind},{image}")
    manifest.write_text("\n".join(lines))
