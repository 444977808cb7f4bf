"""The training loop."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from rich.progress import Progress

from segmentation.batches import SceneRecipe
from segmentation.cutout_pool import CutoutPool
from segmentation.cutouts import Cutout
from segmentation.interruption import Interrupted, StopSignal
from segmentation.network import Unet
from segmentation.schedule import Plan
from segmentation.training import train

RECIPE = SceneRecipe(batch=1, sizes=((64, 96), (64, 96)))
"""Scenes of a size that takes a moment."""


def disc(size: int, colour: tuple[int, int, int]) -> Cutout:
    rows, columns = np.mgrid[:size, :size] - (size - 1) / 2
    alpha = np.where(rows**2 + columns**2 < (size / 2) ** 2, 255, 0)
    return Cutout.of(np.dstack([np.full((size, size, 3), colour), alpha]).astype(np.uint8))


POOL = CutoutPool([disc(60, (200, 40, 40)), disc(90, (30, 160, 60))], [np.full((50, 70, 3), 180, np.uint8)])


def plan(steps: int) -> Plan:
    return Plan(minutes=None, steps=steps, seed=1, validate_from=0.5, validate_every=1.0, recipe=RECIPE)


def test_the_same_seed_trains_the_same_weights(tmp_path: Path) -> None:
    trained = []
    for _ in range(2):
        torch.manual_seed(0)
        network, history = train(
            Unet(), [], POOL, plan(2), lambda net: {"selection": 0.0}, tmp_path, Progress(disable=True)
        )
        trained.append(network.state_dict()["maps.weight"])
        assert len(history.steps) == 2
    assert torch.equal(*trained)


def test_an_interrupted_training_continues_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    monkeypatch.setattr(StopSignal, "requested", True, raising=False)
    monkeypatch.setattr(StopSignal, "__init__", lambda self: None)
    with pytest.raises(Interrupted, match=r"stopped at step 1; continue from .*last\.pt with --resume"):
        train(Unet(), [], POOL, plan(3), lambda net: {"selection": 0.0}, tmp_path, Progress(disable=True))
    monkeypatch.setattr(StopSignal, "requested", False)
    _, history = train(
        Unet(), [], POOL, plan(3), lambda net: {"selection": 0.0}, tmp_path, Progress(disable=True), resume=True
    )
    assert len(history.steps) == 3
