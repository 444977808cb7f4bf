"""Averages of weights."""

from __future__ import annotations

import torch
from torch import nn

from segmentation.weight_average import update_average


def test_the_average_moves_towards_the_network() -> None:
    average, network = nn.Linear(2, 2), nn.Linear(2, 2)
    average.weight.data.fill_(1.0)
    network.weight.data.fill_(3.0)

    update_average(average, network, 0.75)

    assert torch.allclose(average.weight, torch.full((2, 2), 1.5))
