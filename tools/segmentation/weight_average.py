"""Averages of a network's weights."""

from __future__ import annotations

import torch
from torch import nn


def update_average(average: nn.Module, network: nn.Module, keep: float) -> None:
    """Move `average` towards the weights of `network`, in place: keep * average + (1 - keep) * network.

    Called after every step this is Polyak averaging.
    """
    with torch.no_grad():
        for slow, fast in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
            if slow.dtype.is_floating_point:
                slow.lerp_(fast, 1 - keep)
