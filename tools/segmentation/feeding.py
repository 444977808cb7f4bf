"""Training batches, drawn in a worker process while the network computes; batch i depends on the seed and i alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset

from segmentation.augment import relight, replaced
from segmentation.compose import BANDED, Stock, compose
from segmentation.network import HEIGHT, WIDTH
from segmentation.targets import Scene, targets

GROUND = 114
"""The letterbox's ground; see `tillsight.imaging.GROUND`."""

SIZES = ((320, 416), (HEIGHT, WIDTH))
"""Training starts at the smaller size, where a step takes less than half the time, and ends at the network's own."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How scenes are made: `composed` is the share of composed scenes, the rest are whole annotated photos.

    `sizes`, height and width, are those of the first and of the last part of the training. Without `touching`,
    composed objects lie apart; without `relit`, nothing happens to light and lens; `banded` is the share of composed
    objects with bands of another colour.
    """

    batch: int = 4
    composed: float = 0.8
    letterboxed: float = 0.25
    sizes: tuple[tuple[int, int], tuple[int, int]] = SIZES
    touching: bool = True
    relit: bool = True
    banded: float = BANDED


class Batches(Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """Batch i as (uint8 [B, H, W, 3], float32 [B, 6, H, W]); `phase` 0 or 1 picks the size and may change under way."""

    def __init__(
        self, photos: Sequence[Scene], stock: Stock, seed: int, recipe: Recipe, phase: Synchronized[int], length: int
    ) -> None:
        self.photos, self.stock, self.seed, self.recipe = photos, stock, seed, recipe
        self.phase, self.length = phase, length

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        cv2.setNumThreads(0)
        height, width = self.recipe.sizes[self.phase.value]
        rng = np.random.default_rng((self.seed, index))
        scenes = [draw(rng, self.photos, self.stock, self.recipe, height, width) for _ in range(self.recipe.batch)]
        images = np.stack([scene.image for scene in scenes])
        return torch.from_numpy(images), torch.from_numpy(np.stack([targets(scene) for scene in scenes]))


def draw(
    rng: np.random.Generator, photos: Sequence[Scene], stock: Stock, recipe: Recipe, height: int, width: int
) -> Scene:
    """One training scene of the given size."""
    rows, columns = height, width
    if rng.random() < recipe.letterboxed:
        if rng.random() < 0.5:
            rows = int(height * rng.uniform(0.55, 0.98))
        else:
            columns = int(width * rng.uniform(0.55, 0.98))
    if photos and (rng.random() >= recipe.composed or not stock.cutouts):
        scene = replaced(rng, photos[int(rng.integers(len(photos)))], rows, columns)
    else:
        scene = compose(rng, stock, rows, columns, recipe.touching, recipe.banded)
    image = relight(rng, scene.image) if recipe.relit else scene.image
    return letterboxed(Scene(image, scene.ids, scene.trusted), height, width)


def letterboxed(scene: Scene, height: int, width: int) -> Scene:
    """Centre a scene on the letterbox's ground."""
    rows, columns = scene.ids.shape
    if (rows, columns) == (height, width):
        return scene
    top, left = (height - rows) // 2, (width - columns) // 2
    place = np.s_[top : top + rows, left : left + columns]
    image: NDArray[np.uint8] = np.full((height, width, 3), GROUND, np.uint8)
    ids = np.zeros((height, width), np.int32)
    trusted = np.ones((height, width), bool)
    image[place], ids[place], trusted[place] = scene.image, scene.ids, scene.trusted
    return Scene(image, ids, trusted)
