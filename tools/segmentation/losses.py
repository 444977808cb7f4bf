"""The training loss: one term for each map, with weights that make the terms about equally large."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def loss_terms(raw: Tensor, wanted: Tensor) -> dict[str, Tensor]:
    """The terms of the loss of raw maps float32 [B, 5, H, W] against targets float32 [B, 6, H, W].

    The maps that separate objects count only where the annotation is trusted. Contact is rare, so it has a positive
    weight and a Dice term (Milletari et al., V-Net, 2016).
    """
    foreground, distances, contacts, *centres, trust = wanted.unbind(1)
    # One unbind: each slice of `raw` would cost a gradient of its whole size.
    foreground_logits, distance_logits, contact_logits, *offset_logits = raw.unbind(1)
    object_pixels = foreground * trust
    of_objects = object_pixels.sum().clamp(min=1)
    cross = functional.binary_cross_entropy_with_logits(foreground_logits, foreground)
    overlap = _dice_loss(torch.sigmoid(foreground_logits), foreground)
    distance = (torch.sigmoid(distance_logits) - distances).abs() * trust
    touching = functional.binary_cross_entropy_with_logits(
        contact_logits, contacts, weight=trust, pos_weight=raw.new_tensor(4.0)
    )
    touching_overlap = _dice_loss(torch.sigmoid(contact_logits) * trust, contacts * trust)
    offsets = sum(
        functional.smooth_l1_loss(torch.tanh(logits), centre, beta=0.05, reduction="none")
        for logits, centre in zip(offset_logits, centres, strict=True)
    )
    return {
        "foreground": cross + 0.5 * overlap,
        "distance": 1.5 * ((distance * (1 + 3 * foreground)).sum() / (trust * (1 + 3 * foreground)).sum().clamp(min=1)),
        "contact": touching + 0.6 * touching_overlap,
        "offset": 2.0 * (offsets * object_pixels).sum() / of_objects,
    }


def _dice_loss(probability: Tensor, wanted: Tensor) -> Tensor:
    """1 minus the Dice coefficient of the whole batch. The added 1 gives a batch without any positive pixel no loss."""
    both = (probability * wanted).sum()
    return 1 - (2 * both + 1) / (probability.sum() + wanted.sum() + 1)
