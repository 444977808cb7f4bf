"""How long and how fast the segmenter learns."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from segmentation.batches import SceneRecipe
from segmentation.network import Unet

FROZEN_STAGES = 2
"""Encoder stages, up to stride 4, that keep the ImageNet weights. Edges and colours are the same in all photos, and the
gradients of these stages, at the largest sizes, would cost a quarter of a step."""

FULL_SIZE_FROM = 0.6
"""Share of a training after which scenes have the served size. Before, a step takes half the time."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The length, the learning rates and the scenes of a training. Exactly one of `minutes` and `steps` is not None."""

    minutes: float | None
    steps: int | None = None
    seed: int = 0
    decoder_rate: float = 2e-3
    encoder_rate: float = 4e-4
    decay: float = 1e-2
    warmup: float = 0.04
    full_size_from: float = FULL_SIZE_FROM
    average_keep: float = 0.98
    validate_from: float = 0.4
    validate_every: float = 0.15
    recipe: SceneRecipe = field(default_factory=SceneRecipe)
    frozen_stages: int = FROZEN_STAGES

    def progress(self, step: int, seconds: float) -> float:
        """The share of the training that is done, 0..1, after so many steps and seconds."""
        if self.steps is not None:
            return step / self.steps
        assert self.minutes is not None
        return seconds / (60 * self.minutes)


def learning_rate_factor(progress: float, warmup: float) -> float:
    """A linear warm-up, then half a cosine down to almost nothing (Loshchilov, Hutter, SGDR, 2017)."""
    if progress < warmup:
        return 0.05 + 0.95 * progress / warmup
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup)))


def parameter_groups(network: Unet, plan: Plan) -> list[dict[str, object]]:
    """The optimiser's groups. Freezes the encoder's first stages; the others learn slower than the new decoder."""
    if plan.frozen_stages:
        for part in (network.encoder.stem, *network.encoder.stages[: plan.frozen_stages]):
            part.requires_grad_(False)
    encoder = [p for p in network.encoder.parameters() if p.requires_grad]
    of_encoder = {id(p) for p in network.encoder.parameters()}
    decoder = [p for p in network.parameters() if id(p) not in of_encoder]
    return [{"params": encoder, "peak": plan.encoder_rate}, {"params": decoder, "peak": plan.decoder_rate}]
