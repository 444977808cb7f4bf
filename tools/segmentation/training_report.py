"""The training report: one HTML file with curves and the worst validation scenes."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from runtime.html_report import curves, page, picture, smooth
from segmentation.metrics import count_matches
from segmentation.targets import Scene
from segmentation.training_state import History
from tillsight.domain.arrays import Labels, Pixels
from tillsight.domain.geometry import Instance

WORST = 12
"""How many scenes are shown."""


def write_report(
    path: Path,
    history: History,
    scenes: Sequence[Scene],
    found: Sequence[tuple[Instance, ...]],
    figures: Mapping[str, float],
) -> None:
    """Write curves of the loss and of the figures, and the WORST scenes with the found objects."""
    terms = [name for name in history.steps[0] if name not in ("progress", "seconds")]
    losses = {name: smooth([row[name] for row in history.steps]) for name in terms}
    names = [name for name in history.validations[0] if name not in ("progress", "step", "selection")]
    validated = {name: [row[name] for row in history.validations] for name in names}
    outcomes = [(scene.image, scene.ids, objects) for scene, objects in zip(scenes, found, strict=True)]
    table = "".join(f"<tr><td>{html.escape(n)}</td><td>{v:.3f}</td></tr>" for n, v in figures.items())
    body = (
        f"<h1>Training of the segmenter</h1><table>{table}</table>"
        f"<h2>Loss</h2>{curves([row['progress'] for row in history.steps], losses)}"
        f"<h2>Validation figures</h2>{curves([row['progress'] for row in history.validations], validated)}"
        f"<h2>Worst validation scenes</h2>{worst_figures(outcomes)}"
    )
    path.write_text(page("Training of the segmenter", body), encoding="utf-8")


def worst_figures(outcomes: Sequence[tuple[Pixels, Labels, tuple[Instance, ...]]]) -> str:
    """HTML figures of the WORST photos: the found outlines in colour, the true ones thin and white."""
    scored = []
    for image, ids, objects in outcomes:
        counted = count_matches(ids, objects).figures()
        scored.append((counted["ap50"] + counted["ap75"], counted, image, ids, objects))
    scored.sort(key=lambda entry: entry[0])
    shown = []
    for _, counted, image, ids, objects in scored[:WORST]:
        matched = f"ap50 {counted['ap50']:.2f}, ap75 {counted['ap75']:.2f}"
        caption = f"{len(objects)} found of {len(np.unique(ids[ids > 0]))}, {matched}"
        drawing = picture(_draw_outlines(image, ids, objects))
        shown.append(f"<figure>{drawing}<figcaption>{caption}</figcaption></figure>")
    return "".join(shown)


def _draw_outlines(image: Pixels, ids: Labels, objects: Sequence[Instance]) -> Pixels:
    """The photo with the true outlines in white and each found one in a colour."""
    shown = image.copy()
    thickness = max(1, round(max(image.shape[:2]) / 400))
    for identity in np.unique(ids[ids > 0]):
        contours, _ = cv2.findContours((ids == identity).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(shown, contours, -1, (255, 255, 255), thickness)
    for index, one in enumerate(objects):
        hue = np.uint8([[[(index * 67) % 180, 255, 255]]])  # type: ignore[arg-type]
        colour = tuple(int(value) for value in cv2.cvtColor(hue, cv2.COLOR_HSV2RGB)[0, 0])
        outline = np.round(np.asarray(one.polygon)).astype(np.int32)
        cv2.polylines(shown, [outline], True, colour, 2 * thickness, cv2.LINE_AA)
    return shown
