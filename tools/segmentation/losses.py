"""The training loss: one term a map, weighted so that each pulls about equally."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def loss(raw: Tensor, wanted: Tensor) -> dict[str, Tensor]:
    """Terms of the loss for raw maps float32 [B, 5, H, W] against `targets` float32 [B, 6, H, W].

    The separation maps count only where trusted. Contact is rare, hence its positive weight and its Dice term
    (Milletari et al., V-Net, 2016).
    """
    foreground, trust = wanted[:, 0], wanted[:, 5]
    object_pixels = foreground * trust
    of_objects = object_pixels.sum().clamp(min=1)
    cross = functional.binary_cross_entropy_with_logits(raw[:, 0], foreground)
    overlap = dice(torch.sigmoid(raw[:, 0]), foreground)
    distance = (torch.sigmoid(raw[:, 1]) - wanted[:, 1]).abs() * trust
    touching = functional.binary_cross_entropy_with_logits(
        raw[:, 2], wanted[:, 2], weight=trust, pos_weight=raw.new_tensor(4.0)
    )
    touching_overlap = dice(torch.sigmoid(raw[:, 2]) * trust, wanted[:, 2] * trust)
    votes = functional.smooth_l1_loss(torch.tanh(raw[:, 3:5]), wanted[:, 3:5], beta=0.05, reduction="none")
    return {
        "foreground": cross + 0.5 * overlap,
        "distance": 1.5 * ((distance * (1 + 3 * foreground)).sum() / (trust * (1 + 3 * foreground)).sum().clamp(min=1)),
        "contact": touching + 0.6 * touching_overlap,
        "offset": 2.0 * (votes.sum(1) * object_pixels).sum() / of_objects,
    }


def dice(probability: Tensor, wanted: Tensor) -> Tensor:
    """1 - Dice coefficient over the whole batch; the added 1 keeps a batch without any at rest."""
    both = (probability * wanted).sum()
    return 1 - (2 * both + 1) / (probability.sum() + wanted.sum() + 1)
