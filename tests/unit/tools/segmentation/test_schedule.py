"""The length and the learning rates of a training."""

from __future__ import annotations

import pytest

from segmentation.network import Unet
from segmentation.schedule import Plan, learning_rate_factor, parameter_groups


def test_progress_is_measured_in_steps_or_in_minutes() -> None:
    assert Plan(None, 10).progress(5, 1000.0) == 0.5
    assert Plan(2.0).progress(5, 60.0) == 0.5


def test_the_rate_rises_during_the_warm_up_and_then_falls() -> None:
    rates = [learning_rate_factor(done / 100, 0.1) for done in range(100)]

    assert rates.index(max(rates)) == 10
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert max(rates) == pytest.approx(1.0)
    assert 0 < rates[-1] < 0.02


def test_the_first_encoder_stages_are_frozen_and_in_no_group() -> None:
    network = Unet()

    groups = parameter_groups(network, Plan(None, 1))

    grouped = sum(parameter.numel() for group in groups for parameter in group["params"])
    assert grouped == sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)
    assert not any(parameter.requires_grad for parameter in network.encoder.stem.parameters())
