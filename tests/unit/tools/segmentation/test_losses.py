"""The terms of the training loss."""

from __future__ import annotations

import torch

from segmentation.losses import loss_terms


def targets() -> torch.Tensor:
    wanted = torch.zeros(1, 6, 16, 16)
    wanted[:, 0, 4:12, 4:12] = 1
    wanted[:, 1, 4:12, 4:12] = 0.5
    wanted[:, 5] = 1
    return wanted


def logits(wanted: torch.Tensor) -> torch.Tensor:
    """Raw maps that predict the targets almost exactly."""
    unit = wanted[:, :3].clamp(1e-4, 1 - 1e-4)
    return torch.cat([torch.log(unit / (1 - unit)), torch.atanh(wanted[:, 3:5])], dim=1)


def test_a_right_prediction_has_a_lower_loss_in_every_term() -> None:
    wanted = targets()
    right, wrong = loss_terms(logits(wanted), wanted), loss_terms(-logits(wanted) + 1, wanted)

    assert set(right) == {"foreground", "distance", "contact", "offset"}
    assert all(right[name] < wrong[name] for name in right)


def test_where_the_annotation_is_not_trusted_only_the_foreground_counts() -> None:
    wanted = targets()
    wanted[:, 5] = 0
    terms = loss_terms(torch.randn(1, 5, 16, 16), wanted)

    assert terms["distance"] == terms["offset"] == 0
    assert terms["foreground"] > 0
