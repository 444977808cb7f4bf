"""Checkpoints, and the choice of the best average."""

from __future__ import annotations

from pathlib import Path

import torch

from segmentation.network import Unet
from segmentation.schedule import Plan
from segmentation.training_state import TrainingState


def set_weights(state: TrainingState, value: float) -> None:
    for parameter in state.average.parameters():
        parameter.data.fill_(value)


def test_a_later_average_wins_unless_it_is_worse_by_more_than_noise() -> None:
    state = TrainingState(Unet(normalised=False), Plan(None, 1))
    for value, selection in ((1.0, 0.80), (2.0, 0.78), (3.0, 0.60)):
        set_weights(state, value)
        state.add_validation(0.5, {"selection": selection})

    assert next(state.best().parameters()).flatten()[0] == 2.0


def test_a_checkpoint_restores_the_network_the_step_and_the_history(tmp_path: Path) -> None:
    torch.manual_seed(0)
    first = TrainingState(Unet(normalised=False), Plan(None, 1))
    first.step, first.seconds = 7, 1.5
    first.history.steps.append({"progress": 0.5, "seconds": 1.5, "foreground": 0.2})
    first.save(tmp_path)
    second = TrainingState(Unet(normalised=False), Plan(None, 1))

    second.load(tmp_path)

    assert (second.step, second.seconds, second.history) == (7, 1.5, first.history)
    for own, other in zip(first.network.parameters(), second.network.parameters(), strict=True):
        assert torch.equal(own, other)
    assert [path.name for path in tmp_path.iterdir()] == ["last.pt"]
