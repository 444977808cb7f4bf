"""Figures on held-out scenes while training: the whole way from picture to separated objects."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from segmentation.compose import Stock, compose
from segmentation.export import Served
from segmentation.feeding import letterboxed
from segmentation.network import HEIGHT, WIDTH, Unet
from segmentation.scoring import Tally, tally
from segmentation.targets import Scene
from segmentation.training import NOISE, follow
from tillsight.domain.geometry import Instance, LetterboxTransform
from tillsight.imaging.letterbox import letterbox
from tillsight.recognition.instance_separation import separate_instances

HELD_OUT_PHOTOS, COMPOSED = 16, 20


def held_out(photos: Sequence[Scene], stock: Stock, seed: int) -> list[Scene]:
    """Held-out photos at the network's size, and scenes composed of their objects."""
    scenes = [fitted(photo) for photo in photos[:HELD_OUT_PHOTOS]]
    if stock.cutouts and stock.grounds:
        for index in range(COMPOSED):
            scenes.append(compose(np.random.default_rng((seed, 2, index)), stock, HEIGHT, WIDTH))
    return scenes


def fitted(photo: Scene) -> Scene:
    image, placement = letterbox(photo.image, HEIGHT, WIDTH)
    ids = np.rot90(photo.ids) if placement.turned else photo.ids
    rows = np.minimum(((np.arange(round(ids.shape[0] * placement.scale)) + 0.5) / placement.scale), ids.shape[0] - 1)
    columns = np.minimum(((np.arange(round(ids.shape[1] * placement.scale)) + 0.5) / placement.scale), ids.shape[1] - 1)
    small = ids[rows.astype(int)][:, columns.astype(int)]
    inner = Scene(np.zeros((*small.shape, 3), np.uint8), small, np.ones(small.shape, bool))
    return Scene(image, letterboxed(inner, HEIGHT, WIDTH).ids, np.ones((HEIGHT, WIDTH), bool))


def found_in(network: Unet, scenes: Sequence[Scene]) -> list[tuple[Instance, ...]]:
    """The objects a network sees in scenes of the network's size, in their pixels."""
    device = next(network.parameters()).device
    served, placement = Served(network).eval(), LetterboxTransform(WIDTH, HEIGHT, 1.0, 0.0, 0.0, False)
    found = []
    with torch.inference_mode():
        for scene in scenes:
            maps: NDArray[np.uint8] = served(torch.from_numpy(scene.image)[None].to(device))[0].cpu().numpy()
            found.append(separate_instances(maps, placement))
    return found


def judge(network: Unet, scenes: Sequence[Scene]) -> dict[str, float]:
    """Figures over the scenes; `selection`, what the best checkpoint is chosen by, is the mean of ap50 and ap75."""
    total = Tally()
    for scene, objects in zip(scenes, found_in(network, scenes), strict=True):
        total.add(tally(scene.ids, objects))
    figures = total.figures()
    chosen = {name: figures[name] for name in ("foreground_iou", "ap50", "ap75", "exact_count", "merges")}
    return {**chosen, "selection": (figures["ap50"] + figures["ap75"]) / 2}


def for_writing(trained: Unet, known: Unet | None, scenes: Sequence[Scene]) -> tuple[Unet, dict[str, float]]:
    """The network to ship and its figures: the mean of `trained` and of `known`, which it went on from.

    What a few photos teach is kept, what they let be forgotten comes back (Wortsman et al., Robust fine-tuning of
    zero-shot models, 2022; measured in docs/segmentation.md). The trained network itself is taken where the held-out
    scenes find it better by more than their noise, or where it was learnt from nothing (`known` is None).
    """
    figures = judge(trained, scenes)
    if known is not None:
        mean = copy.deepcopy(trained)
        follow(mean, known, 0.5)
        of_mean = judge(mean, scenes)
        if of_mean["selection"] >= figures["selection"] - NOISE:
            trained, figures = mean, of_mean
    return trained, {name: value for name, value in figures.items() if name != "selection"}
