"""The results of a tuning: the report as one HTML file, and the model card."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embedding.tuning import History
from evaluation.manifests import Entry
from runtime.html_report import curves, page, picture, smooth
from tillsight.domain.arrays import Pixels
from tillsight.imaging.decoding import PhotoLimits, decode_photo

WORST = 12
WIDTH = 220


@dataclass(frozen=True, slots=True)
class Confusion:
    """A validation photo, and the photo of another class that is nearest to it."""

    photo: Entry
    nearest: Entry


def find_confusions(
    entries: Sequence[Entry], queries: NDArray[np.int64], references: NDArray[np.int64], found: NDArray[np.int64]
) -> list[Confusion]:
    """One mistake for each of the WORST most frequent pairs of classes.

    `found` is, for each of `queries`, the position in `references` of its nearest photo.
    """
    by_pair: dict[tuple[str, str], list[Confusion]] = {}
    for query, position in zip(queries, found, strict=True):
        one = Confusion(entries[query], entries[references[position]])
        if one.photo.product_id != one.nearest.product_id:
            by_pair.setdefault((one.photo.product_id, one.nearest.product_id), []).append(one)
    ordered = sorted(by_pair.values(), key=len, reverse=True)
    return [confusions[0] for confusions in ordered[:WORST]]


def write_report(path: Path, history: History, confusions: Sequence[Confusion], figures: Mapping[str, object]) -> None:
    """Write curves of the loss and of the validation figure, and the confusions side by side."""
    rows = "".join(f"<tr><td>{html.escape(name)}<td>{_format(value)}" for name, value in figures.items())
    parts = [f"<h1>Tuning of vgg</h1><table>{rows}</table>"]
    seconds = [step["seconds"] for step in history.steps]
    if seconds:
        span = max(seconds[-1], 1e-6)
        losses = smooth([step["loss"] for step in history.steps])
        parts.append("<h2>Loss</h2>" + curves([one / span for one in seconds], {"loss": losses}))
        checks = history.checks
        times = [min(one["seconds"] / span, 1.0) for one in checks]
        parts.append("<h2>Validation photos</h2>" + curves(times, {"top1": [one["top1"] for one in checks]}))
    parts.append("<h2>Validation photos with a nearest photo of another class</h2>")
    for one in confusions:
        caption = f"{html.escape(one.photo.product_id)} taken for {html.escape(one.nearest.product_id)}"
        pictures = picture(_pixels(one.photo), WIDTH) + picture(_pixels(one.nearest), WIDTH)
        parts.append(f"<figure>{pictures}<figcaption>{caption}</figcaption></figure>")
    path.write_text(page("Tuning", "\n".join(parts)), encoding="utf-8")


def model_card(fingerprint: str, start: str, photos: str, figures: Mapping[str, object]) -> str:
    """MODEL_CARD.md of a tuned embedder."""
    rows = "\n".join(f"| {name} | {_format(value)} |" for name, value in figures.items())
    return f"""# vgg, tuned

Fingerprint `{fingerprint}`. Input and output are those of the model it started from. model_repository/vgg/MODEL_CARD.md
describes them, the lineage of VGG16's weights and their licence.

Started from `{start}`. tools/train_vgg.py tuned the last convolution of block 4 and the whitening on the labelled
photos of `{photos}`; tuned_classes.json lists the classes. Figures on those classes show how well they are recognised,
but not how well new ones will be. The rows on unseen classes, if any, show that.

| figure | value |
|---|---|
{rows}

training_report.html has the curves and the worst confusions. This model has a new fingerprint, so it refuses a gallery
of the vectors of the model it started from: embed the gallery again (`tillsight catalogue rebuild`).
"""


def _format(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else html.escape(str(value))


def _pixels(entry: Entry) -> Pixels:
    return decode_photo(entry.image.read_bytes(), PhotoLimits()).pixels
