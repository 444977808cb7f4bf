"""What a tuning leaves behind: its report as one HTML file, and its model card."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embedding.tuning import History
from evaluation.manifests import Entry
from segmentation.report import STYLE, curves, embedded, smoothed
from tillsight.domain.arrays import Pixels
from tillsight.imaging.decoding import PhotoLimits, decode_photo

WORST = 12
WIDTH = 220


@dataclass(frozen=True, slots=True)
class Confusion:
    """A held-out photo, and the photo of another class that was nearest to it."""

    photo: Entry
    taken_for: Entry


def confusions(
    entries: Sequence[Entry], queries: NDArray[np.int64], references: NDArray[np.int64], found: NDArray[np.int64]
) -> list[Confusion]:
    """The mistakes among `queries`, the most frequent pairs of classes first, one each."""
    wrong: dict[tuple[str, str], list[Confusion]] = {}
    for query, place in zip(queries, found, strict=True):
        one = Confusion(entries[query], entries[references[place]])
        if one.photo.product_id != one.taken_for.product_id:
            wrong.setdefault((one.photo.product_id, one.taken_for.product_id), []).append(one)
    ordered = sorted(wrong.values(), key=len, reverse=True)
    return [mistakes[0] for mistakes in ordered[:WORST]]


def write_report(path: Path, history: History, mistakes: Sequence[Confusion], figures: Mapping[str, object]) -> None:
    """Curves of the loss and of the held-out figure, and the worst confusions side by side."""
    parts = [f"<!doctype html><meta charset=utf-8><title>Tuning</title><style>{STYLE}</style><h1>Tuning of vgg</h1>"]
    rows = "".join(f"<tr><td>{html.escape(name)}<td>{_told(value)}" for name, value in figures.items())
    parts.append(f"<table>{rows}</table>")
    seconds = [step["seconds"] for step in history.steps]
    if seconds:
        span = max(seconds[-1], 1e-6)
        losses = smoothed([step["loss"] for step in history.steps])
        parts.append("<h2>Loss</h2>" + curves([one / span for one in seconds], {"loss": losses}))
        checks = history.checks
        parts.append("<h2>Held-out photos</h2>")
        places = [min(one["seconds"] / span, 1.0) for one in checks]
        parts.append(curves(places, {"top1": [one["top1"] for one in checks]}))
    parts.append("<h2>Held-out photos and what they were taken for</h2>")
    for one in mistakes:
        caption = f"{html.escape(one.photo.product_id)} taken for {html.escape(one.taken_for.product_id)}"
        pictures = embedded(_pixels(one.photo), WIDTH) + embedded(_pixels(one.taken_for), WIDTH)
        parts.append(f"<figure>{pictures}<figcaption>{caption}</figcaption></figure>")
    path.write_text("\n".join(parts), encoding="utf-8")


def card(fingerprint: str, start: str, photos: str, figures: Mapping[str, object]) -> str:
    """MODEL_CARD.md of a tuned embedder."""
    rows = "\n".join(f"| {name} | {_told(value)} |" for name, value in figures.items())
    return f"""# vgg, tuned

Fingerprint `{fingerprint}`. Input and output as its start's: model_repository/vgg/MODEL_CARD.md has those, the lineage
of VGG16's weights and their licence.

Started from `{start}`. The last convolution of block 4 and the whitening were tuned by tools/train_vgg.py on the
labelled photos of `{photos}`: tuned_classes.json lists the classes. Figures on those classes say how well they are
known, not how well new ones will be told apart; the rows on kept-out classes, where there are any, say that.

| figure | value |
|---|---|
{rows}

training_report.html has the curves and the worst confusions. A gallery of the start's vectors is refused by this
model's fingerprint: embed it again (`tillsight catalogue rebuild`).
"""


def _told(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else html.escape(str(value))


def _pixels(entry: Entry) -> Pixels:
    return decode_photo(entry.image.read_bytes(), PhotoLimits()).pixels
