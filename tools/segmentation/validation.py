"""Figures on validation scenes during training: the whole path from the image to separated objects."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import torch

from segmentation.batches import letterbox_scene
from segmentation.composition import compose_scene
from segmentation.cutout_pool import CutoutPool
from segmentation.export import ServedUnet
from segmentation.metrics import InstanceCounts, count_matches
from segmentation.network import HEIGHT, WIDTH, Unet
from segmentation.targets import Scene
from segmentation.weight_average import update_average
from tillsight.domain.arrays import Maps
from tillsight.domain.geometry import Instance, LetterboxTransform
from tillsight.imaging.letterbox import letterbox
from tillsight.recognition.instance_separation import separate_instances

PHOTOS, COMPOSED = 16, 20
"""How many validation photos and composed scenes are used."""
NOISE = 0.03
"""By how much `selection` over a few dozen scenes varies by chance. A smaller difference decides nothing."""
FIGURES = ("foreground_iou", "ap50", "ap75", "exact_count", "merges")


def validation_scenes(photos: Sequence[Scene], pool: CutoutPool, seed: int) -> list[Scene]:
    """Validation photos at the network's size, and scenes composed of their objects."""
    scenes = [fit_scene(photo) for photo in photos[:PHOTOS]]
    if pool.cutouts and pool.backgrounds:
        for index in range(COMPOSED):
            scenes.append(compose_scene(np.random.default_rng((seed, 2, index)), pool, HEIGHT, WIDTH))
    return scenes


def fit_scene(photo: Scene) -> Scene:
    """A photo letterboxed to the network's size as the service does it, with its ids."""
    image, placement = letterbox(photo.image, HEIGHT, WIDTH)
    ids = np.rot90(photo.ids) if placement.turned else photo.ids
    rows = np.minimum(((np.arange(round(ids.shape[0] * placement.scale)) + 0.5) / placement.scale), ids.shape[0] - 1)
    columns = np.minimum(((np.arange(round(ids.shape[1] * placement.scale)) + 0.5) / placement.scale), ids.shape[1] - 1)
    small = ids[rows.astype(int)][:, columns.astype(int)]
    inner = Scene(np.zeros((*small.shape, 3), np.uint8), small, np.ones(small.shape, bool))
    return Scene(image, letterbox_scene(inner, HEIGHT, WIDTH).ids, np.ones((HEIGHT, WIDTH), bool))


def predict_instances(network: Unet, scenes: Sequence[Scene]) -> list[tuple[Instance, ...]]:
    """The objects that a network finds in scenes of the network's size, in the scenes' pixels."""
    device = next(network.parameters()).device
    served, placement = ServedUnet(network).eval(), LetterboxTransform(WIDTH, HEIGHT, 1.0, 0.0, 0.0, False)
    found = []
    with torch.inference_mode():
        for scene in scenes:
            maps: Maps = served(torch.from_numpy(scene.image)[None].to(device))[0].cpu().numpy()
            found.append(separate_instances(maps, placement))
    return found


def validate(network: Unet, scenes: Sequence[Scene]) -> dict[str, float]:
    """Figures over the scenes. `selection`, the mean of ap50 and ap75, selects the best checkpoint."""
    total = InstanceCounts()
    for scene, objects in zip(scenes, predict_instances(network, scenes), strict=True):
        total.add(count_matches(scene.ids, objects))
    figures = total.figures()
    return {**{name: figures[name] for name in FIGURES}, "selection": (figures["ap50"] + figures["ap75"]) / 2}


def select_for_export(trained: Unet, start: Unet | None, scenes: Sequence[Scene]) -> tuple[Unet, dict[str, float]]:
    """The network to export and its figures: the mean of the weights of `trained` and of its `start`.

    The mean keeps what a few photos taught and restores what the training forgot (Wortsman et al., Robust fine-tuning
    of zero-shot models, 2022; measured in docs/experiments/2026-11-25-weight-averaging.md). The trained network itself
    is exported if its figures are better by more than NOISE, or if it started from ImageNet (`start` is None).
    """
    figures = validate(trained, scenes)
    if start is not None:
        mean = copy.deepcopy(trained)
        update_average(mean, start, 0.5)
        of_mean = validate(mean, scenes)
        if of_mean["selection"] >= figures["selection"] - NOISE:
            trained, figures = mean, of_mean
    return trained, {name: value for name, value in figures.items() if name != "selection"}
