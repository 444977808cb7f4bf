"""Parts of the HTML reports: one file each, with every picture inside it, so that a browser fetches nothing."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from tillsight.domain.arrays import Pixels

COLOURS = ("#1b6ca8", "#c0392b", "#27864d", "#b7791f", "#6b46c1", "#444444")
STYLE = (
    "body{font:15px sans-serif;max-width:1100px;margin:2em auto}"
    "figure{display:inline-block;margin:.4em}td{padding:.1em .8em}"
)
CURVE_WINDOW = 15


def page(title: str, body: str, style: str = STYLE) -> str:
    """A whole HTML page; `body` is HTML."""
    return f"<!doctype html><meta charset=utf-8><title>{html.escape(title)}</title><style>{style}</style>{body}"


def picture(image: Pixels, width: int = 340, quality: int = 82) -> str:
    """An RGB image, uint8 [H, W, 3], as an <img> of the given width with its JPEG inside."""
    height = max(1, round(image.shape[0] * width / image.shape[1]))
    interpolation = cv2.INTER_AREA if width < image.shape[1] else cv2.INTER_LINEAR
    small = cv2.resize(image, (width, height), interpolation=interpolation)
    data = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return f'<img alt="" width={width} src="data:image/jpeg;base64,{base64.b64encode(data.tobytes()).decode()}">'


def curves(progress: Sequence[float], lines: Mapping[str, Sequence[float]]) -> str:
    """An SVG with one named curve for each of `lines`, over `progress` from 0 to 1."""
    top = max([max(values) for values in lines.values() if len(values)] + [1e-6])
    shapes = []
    for index, (name, values) in enumerate(lines.items()):
        points = " ".join(
            f"{50 + 640 * x:.1f},{250 - 230 * y / top:.1f}" for x, y in zip(progress, values, strict=True)
        )
        colour = COLOURS[index % len(COLOURS)]
        shapes.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{points}"/>')
        shapes.append(f'<text x="700" y="{30 + 20 * index}" fill="{colour}">{html.escape(name)}</text>')
    labels = f'<text x="4" y="26">{top:.2f}</text><text x="30" y="254">0</text>'
    axis = f'<path d="M50 20V250H690" fill="none" stroke="#888"/>{labels}'
    return f'<svg width="860" height="270" role="img">{axis}{"".join(shapes)}</svg>'


def smooth(values: Sequence[float], window: int = CURVE_WINDOW) -> list[float]:
    """The running mean over `window` values, so that single batches do not hide the trend."""
    total = np.cumsum([0.0, *values])
    means = []
    for end in range(1, len(values) + 1):
        start = max(0, end - window)
        means.append(float((total[end] - total[start]) / (end - start)))
    return means
