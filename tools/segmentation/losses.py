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
    foreground, distances, contacts, *centres, trust = wanted.unbind(1)
    # Taken apart once: every slice of `raw` would cost a gradient as large as all of it.
    seen, depth, touch, *towards = raw.unbind(1)
    object_pixels = foreground * trust
    of_objects = object_pixels.sum().clamp(min=1)
    cross = functional.binary_cross_entropy_with_logits(seen, foreground)
    overlap = dice(torch.sigmoid(seen), foreground)
    distance = (torch.sigmoid(depth) - distances).abs() * trust
    touching = functional.binary_cross_entropy_with_logits(
        touch, contacts, weight=trust, pos_weight=raw.new_tensor(4.0)
    )
    touching_overlap = dice(torch.sigmoid(touch) * trust, contacts * trust)
    votes = sum(
        functional.smooth_l1_loss(torch.tanh(vote), centre, beta=0.05, reduction="none")
        for vote, centre in zip(towards, centres, strict=True)
    )
    return {
        "foreground": cross + 0.5 * overlap,
        "distance": 1.5 * ((distance * (1 + 3 * foreground)).sum() / (trust * (1 + 3 * foreground)).sum().clamp(min=1)),
        "contact": touching + 0.6 * touching_overlap,
        "offset": 2.0 * (votes * object_pixels).sum() / of_objects,
    }


def dice(probability: Tensor, wanted: Tensor) -> Tensor:
    """1 - Dice coefficient over the whole batch; the added 1 keeps a batch without any at rest."""
    both = (probability * wanted).sum()
    return 1 - (2 * both + 1) / (probability.sum() + wanted.sum() + 1)
