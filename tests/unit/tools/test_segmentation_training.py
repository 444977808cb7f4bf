"""Composition, targets, network, export and scoring of the segmenter."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from rich.progress import Progress

from segmentation import judging
from segmentation.compose import Cutout, Stock, compose
from segmentation.dataset import Annotation
from segmentation.export import export, stored_weights
from segmentation.feeding import Recipe, draw
from segmentation.network import MAPS, Unet
from segmentation.scoring import tally, touching_pairs
from segmentation.stock import cut
from segmentation.targets import Scene, targets
from segmentation.training import Interrupted, Plan, Stop, train
from tillsight.domain.geometry import Box, Instance

HEIGHT, WIDTH = 96, 128


def disc(size: int, colour: tuple[int, int, int]) -> Cutout:
    rows, columns = np.mgrid[:size, :size] - (size - 1) / 2
    alpha = np.where(rows**2 + columns**2 < (size / 2) ** 2, 255, 0)
    return Cutout.of(np.dstack([np.full((size, size, 3), colour), alpha]).astype(np.uint8))


STOCK = Stock([disc(60, (200, 40, 40)), disc(90, (30, 160, 60))], [np.full((50, 70, 3), 180, np.uint8)])


def instance(x: float, y: float, width: float, height: float) -> Instance:
    return Instance(Box(x, y, width, height), ((x, y), (x + width, y), (x + width, y + height), (x, y + height)), 0.9)


def ids_of(*boxes: tuple[int, int, int, int]) -> NDArray[np.int32]:
    ids = np.zeros((HEIGHT, WIDTH), np.int32)
    for index, (x, y, width, height) in enumerate(boxes, start=1):
        ids[y : y + height, x : x + width] = index
    return ids


def test_a_composed_scene_depends_on_its_seed_alone() -> None:
    first, again, other = (draw(np.random.default_rng(seed), [], STOCK, Recipe(), HEIGHT, WIDTH) for seed in (5, 5, 6))
    assert np.array_equal(first.image, again.image) and np.array_equal(first.ids, again.ids)
    assert not np.array_equal(first.image, other.image)


def test_composed_scenes_hold_touching_objects_and_single_ones() -> None:
    scenes = [compose(np.random.default_rng(seed), STOCK, 192, 256) for seed in range(30)]
    pairs = [len(touching_pairs(scene.ids)) for scene in scenes]
    counts = [len(np.unique(scene.ids)) - 1 for scene in scenes]
    assert min(counts) == 1 and max(counts) >= 8
    assert min(pairs) == 0 and max(pairs) >= 3


def test_some_scenes_show_one_product_many_times_turned_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    bar = np.zeros((60, 20, 4), np.uint8)
    bar[..., 3] = 255
    stock = Stock([Cutout.of(bar)], [np.full((96, 128, 3), 90, np.uint8)])

    def alike(seed: int) -> bool:
        """Whether more than half of a scene's bars lie within 10 degrees of one of them."""
        ids = compose(np.random.default_rng(seed), stock, 384, 512, touch=False).ids
        lying = [cv2.fitEllipse(np.argwhere(ids == one).astype(np.float32))[2] for one in range(1, int(ids.max()) + 1)]
        apart = np.abs((np.subtract.outer(lying, lying) + 90) % 180 - 90)
        return len(lying) > 4 and bool(((apart < 10).mean(axis=1) > 0.5).any())

    with_twins = sum(map(alike, range(60)))
    monkeypatch.setattr("segmentation.compose.TWINS", 0.0)
    assert with_twins >= 5 + sum(map(alike, range(60)))


def test_targets_say_where_objects_touch_and_where_their_centres_are() -> None:
    ids = ids_of((10, 20, 30, 30), (40, 20, 30, 30))
    maps = targets(Scene(np.zeros((HEIGHT, WIDTH, 3), np.uint8), ids, np.ones(ids.shape, bool)))
    assert maps.shape == (len(MAPS) + 1, HEIGHT, WIDTH)
    assert np.array_equal(maps[0], ids > 0)
    assert maps[2, 35, 39] == maps[2, 35, 40] == 1
    assert maps[2, 35, 12] == maps[2, 35, 60] == 0
    assert maps[1, 35, 24] > 0.9 > 0.2 > maps[1, 35, 39]
    assert maps[4, 35, 11] > 0 > maps[4, 35, 38]
    assert maps[5].all()


def test_an_object_cut_by_the_photos_rim_or_in_doubt_is_not_pasted_elsewhere() -> None:
    ids = np.zeros((600, 800), np.int32)
    ids[0:100, 100:300], ids[200:300, 100:300], ids[400:500, 100:300] = 1, 2, 3
    pixels = np.full((600, 800, 3), 99, np.uint8)
    assert len(list(cut(pixels, Annotation(ids, frozenset({3}))))) == 1


def test_figures_count_matches_merges_and_exact_photos() -> None:
    truth = ids_of((10, 10, 30, 30), (40, 10, 30, 30), (90, 60, 20, 20))
    right = [instance(10, 10, 30, 30), instance(40, 10, 30, 30), instance(90, 60, 20, 20)]
    perfect = tally(truth, right).figures()
    assert perfect == {"foreground_iou": 1, "ap50": 1, "ap75": 1, "precision50": 1, "recall50": 1, "exact_count": 1,
                       "merges": 0}  # fmt: skip
    merged = tally(truth, [instance(10, 10, 60, 30), right[2]])
    assert (merged.touching, merged.merged, merged.matched50, merged.exact) == (1, 1, 1, 0)
    assert merged.figures()["ap50"] == pytest.approx(1 / 4)
    nothing = tally(truth, []).figures()
    assert nothing["ap50"] == nothing["foreground_iou"] == nothing["merges"] == 0
    assert tally(np.zeros((HEIGHT, WIDTH), np.int32), []).figures()["foreground_iou"] == 1


def test_folding_batch_normalisation_leaves_the_network_the_same_function() -> None:
    torch.manual_seed(0)
    network = Unet()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-0.2, 0.2)  # type: ignore[union-attr]
            module.running_var.uniform_(0.5, 2)  # type: ignore[union-attr]
    photo = torch.rand(1, 3, 64, 96) * 255
    with torch.no_grad():
        assert torch.allclose(network.eval()(photo), network.folded()(photo), atol=1e-4)


def test_an_exported_model_agrees_in_both_runtimes_and_its_weights_can_be_trained_on(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = Unet()
    network.encoder.load_imagenet()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.bias.data.uniform_(-0.1, 0.1)
    fingerprint = export(network.eval(), tmp_path, "card of {fingerprint}")
    assert (tmp_path / "MODEL_CARD.md").read_text() == f"card of {fingerprint}"
    config = (tmp_path / "config.pbtxt").read_text()
    assert fingerprint in config and 'backend: "onnxruntime"' in config and "dims: [ 5, 480, 640 ]" in config
    assert (tmp_path / "1" / "model.onnx").stat().st_size < 12_000_000
    again = Unet(normalised=False)
    again.load_state_dict(dict(stored_weights(tmp_path)))
    photo = torch.rand(1, 3, 64, 96) * 255
    with torch.no_grad():
        assert torch.allclose(network(photo), again.eval()(photo), atol=0.05)


def plan(steps: int) -> Plan:
    return Plan(minutes=None, steps=steps, seed=1, judge_from=0.5, judge_every=1.0, recipe=Recipe(batch=1))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Training at a size that takes a moment."""
    monkeypatch.setattr("segmentation.feeding.SIZES", ((64, 96), (64, 96)))


@pytest.mark.usefixtures("small")
def test_the_same_seed_trains_the_same_weights(tmp_path: Path) -> None:
    trained = []
    for _ in range(2):
        torch.manual_seed(0)
        network, history = train(
            Unet(), [], STOCK, plan(2), lambda net: {"selection": 0.0}, tmp_path, Progress(disable=True)
        )
        trained.append(network.state_dict()["maps.weight"])
        assert len(history.steps) == 2
    assert torch.equal(*trained)


@pytest.mark.usefixtures("small")
def test_an_interrupted_training_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    monkeypatch.setattr(Stop, "asked", True, raising=False)
    monkeypatch.setattr(Stop, "__init__", lambda self: None)
    with pytest.raises(Interrupted, match=r"stopped at step 1; go on from .*last\.pt with --resume"):
        train(Unet(), [], STOCK, plan(3), lambda net: {"selection": 0.0}, tmp_path, Progress(disable=True))
    monkeypatch.setattr(Stop, "asked", False)
    _, history = train(
        Unet(), [], STOCK, plan(3), lambda net: {"selection": 0.0}, tmp_path, Progress(disable=True), resume=True
    )
    assert len(history.steps) == 3


def test_the_judge_sees_what_the_service_would(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = compose(np.random.default_rng(3), STOCK, 384, 512)
    figures = judging.judge(Unet().eval(), [scene])
    assert set(figures) == {"foreground_iou", "ap50", "ap75", "exact_count", "merges", "selection"}


def test_what_is_shipped_is_the_mean_with_what_training_went_on_from() -> None:
    known, trained = Unet(normalised=False), Unet(normalised=False)
    scenes = [compose(np.random.default_rng(1), STOCK, judging.HEIGHT, judging.WIDTH)]
    shipped, figures = judging.for_writing(trained, known, scenes)
    for name, value in shipped.state_dict().items():
        expected = (trained.state_dict()[name] + known.state_dict()[name]) / 2
        assert torch.allclose(value, expected, atol=1e-6), name
    assert "selection" not in figures and "ap50" in figures
    assert judging.for_writing(trained, None, scenes)[0] is trained


def test_a_training_that_the_held_out_scenes_find_better_than_the_mean_is_taken_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known, trained = Unet(normalised=False), Unet(normalised=False)
    monkeypatch.setattr(judging, "judge", lambda network, scenes: {"selection": 0.9 if network is trained else 0.8})
    assert judging.for_writing(trained, known, [])[0] is trained
