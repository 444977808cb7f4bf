"""The training report: one HTML file with curves and the worst held-out scenes, nothing fetched from outside."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from segmentation.scoring import tally
from segmentation.targets import Scene
from segmentation.training import History
from tillsight.domain.geometry import Instance

Pixels = NDArray[np.uint8]

WORST = 12
COLOURS = ("#1b6ca8", "#c0392b", "#27864d", "#b7791f", "#6b46c1", "#444444")
STYLE = (
    "body{font:15px sans-serif;max-width:1100px;margin:2em auto}"
    "figure{display:inline-block;margin:.4em}td{padding:.1em .8em}"
)


def write_report(
    path: Path,
    history: History,
    scenes: Sequence[Scene],
    found: Sequence[tuple[Instance, ...]],
    figures: Mapping[str, float],
) -> None:
    """Curves of loss and figures over the training, and the WORST scenes with what was found in them."""
    terms = [name for name in history.steps[0] if name not in ("progress", "seconds")]
    losses = {name: smoothed([row[name] for row in history.steps]) for name in terms}
    names = [name for name in history.validations[0] if name not in ("progress", "step", "selection")]
    judged = {name: [row[name] for row in history.validations] for name in names}
    pictures = [(scene.image, scene.ids, objects) for scene, objects in zip(scenes, found, strict=True)]
    table = "".join(f"<tr><td>{html.escape(n)}</td><td>{v:.3f}</td></tr>" for n, v in figures.items())
    body = (
        f"<h1>Training of the segmenter</h1><table>{table}</table>"
        f"<h2>Loss</h2>{curves([row['progress'] for row in history.steps], losses)}"
        f"<h2>Held-out figures</h2>{curves([row['progress'] for row in history.validations], judged)}"
        f"<h2>Worst held-out scenes</h2>{worst(pictures)}"
    )
    path.write_text(page("Training of the segmenter", body), encoding="utf-8")


def page(title: str, body: str) -> str:
    return f"<!doctype html><meta charset=utf-8><title>{html.escape(title)}</title><style>{STYLE}</style>{body}"


def worst(pictures: Sequence[tuple[Pixels, NDArray[np.int32], tuple[Instance, ...]]]) -> str:
    """Figures of the WORST pictures: what was found outlined, the truth's outlines thin and white."""
    scored = []
    for image, ids, objects in pictures:
        counted = tally(ids, objects).figures()
        scored.append((counted["ap50"] + counted["ap75"], counted, image, ids, objects))
    scored.sort(key=lambda entry: entry[0])
    shown = []
    for _, counted, image, ids, objects in scored[:WORST]:
        matched = f"ap50 {counted['ap50']:.2f}, ap75 {counted['ap75']:.2f}"
        caption = f"{len(objects)} found of {len(np.unique(ids[ids > 0]))}, {matched}"
        shown.append(f"<figure>{embedded(outlined(image, ids, objects))}<figcaption>{caption}</figcaption></figure>")
    return "".join(shown)


def outlined(image: Pixels, ids: NDArray[np.int32], objects: Sequence[Instance]) -> Pixels:
    """The picture with the true outlines in white and the found ones each in a colour."""
    shown = image.copy()
    thick = max(1, round(max(image.shape[:2]) / 400))
    for identity in np.unique(ids[ids > 0]):
        contours, _ = cv2.findContours((ids == identity).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(shown, contours, -1, (255, 255, 255), thick)
    for index, one in enumerate(objects):
        hue = np.uint8([[[(index * 67) % 180, 255, 255]]])  # type: ignore[arg-type]
        colour = tuple(int(value) for value in cv2.cvtColor(hue, cv2.COLOR_HSV2RGB)[0, 0])
        outline = np.round(np.asarray(one.polygon)).astype(np.int32)
        cv2.polylines(shown, [outline], True, colour, 2 * thick, cv2.LINE_AA)
    return shown


def embedded(image: Pixels, width: int = 340) -> str:
    height = round(image.shape[0] * width / image.shape[1])
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    data = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 82])[1]
    return f'<img alt="" width={width} src="data:image/jpeg;base64,{base64.b64encode(data.tobytes()).decode()}">'


def curves(progress: Sequence[float], lines: Mapping[str, Sequence[float]]) -> str:
    """An SVG of named curves over 0..1."""
    top = max([max(values) for values in lines.values() if len(values)] + [1e-6])
    drawn = []
    for index, (name, values) in enumerate(lines.items()):
        points = " ".join(
            f"{50 + 640 * x:.1f},{250 - 230 * y / top:.1f}" for x, y in zip(progress, values, strict=True)
        )
        colour = COLOURS[index % len(COLOURS)]
        drawn.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{points}"/>')
        drawn.append(f'<text x="700" y="{30 + 20 * index}" fill="{colour}">{html.escape(name)}</text>')
    labels = f'<text x="4" y="26">{top:.2f}</text><text x="30" y="254">0</text>'
    axis = f'<path d="M50 20V250H690" fill="none" stroke="#888"/>{labels}'
    return f'<svg width="860" height="270" role="img">{axis}{"".join(drawn)}</svg>'


def smoothed(values: Sequence[float], window: int = 15) -> list[float]:
    """A running mean, so that single batches do not hide the trend."""
    total = np.cumsum([0.0, *values])
    return [
        float((total[i + 1] - total[max(0, i + 1 - window)]) / (i + 1 - max(0, i + 1 - window)))
        for i in range(len(values))
    ]
