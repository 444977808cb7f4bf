"""Validation during a training, and the choice of the network to export."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from segmentation import validation
from segmentation.composition import compose_scene
from segmentation.cutout_pool import CutoutPool
from segmentation.cutouts import Cutout
from segmentation.network import Unet


def disc(size: int, colour: tuple[int, int, int]) -> Cutout:
    rows, columns = np.mgrid[:size, :size] - (size - 1) / 2
    alpha = np.where(rows**2 + columns**2 < (size / 2) ** 2, 255, 0)
    return Cutout.of(np.dstack([np.full((size, size, 3), colour), alpha]).astype(np.uint8))


POOL = CutoutPool([disc(60, (200, 40, 40)), disc(90, (30, 160, 60))], [np.full((50, 70, 3), 180, np.uint8)])


def test_validation_gives_the_figures_that_select_a_checkpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = compose_scene(np.random.default_rng(3), POOL, 384, 512)
    figures = validation.validate(Unet().eval(), [scene])
    assert set(figures) == {"foreground_iou", "ap50", "ap75", "exact_count", "merges", "selection"}


def test_the_exported_network_is_the_mean_of_the_trained_one_and_its_start() -> None:
    start, trained = Unet(normalised=False), Unet(normalised=False)
    scenes = [compose_scene(np.random.default_rng(1), POOL, validation.HEIGHT, validation.WIDTH)]
    exported, figures = validation.select_for_export(trained, start, scenes)
    for name, value in exported.state_dict().items():
        expected = (trained.state_dict()[name] + start.state_dict()[name]) / 2
        assert torch.allclose(value, expected, atol=1e-6), name
    assert "selection" not in figures and "ap50" in figures
    assert validation.select_for_export(trained, None, scenes)[0] is trained


def test_a_trained_network_better_than_the_mean_by_more_than_noise_is_exported_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start, trained = Unet(normalised=False), Unet(normalised=False)
    monkeypatch.setattr(
        validation, "validate", lambda network, scenes: {"selection": 0.9 if network is trained else 0.8}
    )
    assert validation.select_for_export(trained, start, [])[0] is trained
