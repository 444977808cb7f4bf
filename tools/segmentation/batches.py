"""Training batches, drawn in a worker process while the network computes. Batch i depends only on the seed and i."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized

import cv2
import numpy as np
import torch
from torch.utils.data import Dataset

from segmentation.augmentation import augment_geometric, augment_photometric
from segmentation.composition import BANDED_SHARE, compose_scene
from segmentation.cutout_pool import CutoutPool
from segmentation.network import HEIGHT, WIDTH
from segmentation.targets import Scene, compute_targets
from tillsight.domain.arrays import Pixels
from tillsight.imaging.letterbox import BACKGROUND_GREY

SIZES = ((320, 416), (HEIGHT, WIDTH))
"""Training starts at the smaller size, where a step takes less than half the time, and ends at the served size."""


@dataclass(frozen=True, slots=True)
class SceneRecipe:
    """How training scenes are made.

    `composed` is the share of composed scenes; the others are whole annotated photos. `letterboxed` is the share of
    scenes with letterbox borders. `sizes` are (height, width) in the first and the last phase of the training.
    Without `touching`, composed objects are apart. Without `photometric`, light and camera stay as they are.
    `band_share` is the share of composed objects with bands of another colour.
    """

    batch: int = 4
    composed: float = 0.8
    letterboxed: float = 0.25
    sizes: tuple[tuple[int, int], tuple[int, int]] = SIZES
    touching: bool = True
    photometric: bool = True
    band_share: float = BANDED_SHARE


class TrainingBatches(Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """Batch i as (uint8 [B, H, W, 3], float32 [B, 6, H, W]). `phase`, 0 or 1, picks the size and may change."""

    def __init__(
        self,
        photos: Sequence[Scene],
        pool: CutoutPool,
        seed: int,
        recipe: SceneRecipe,
        phase: Synchronized[int],
        length: int,
    ) -> None:
        self.photos, self.pool, self.seed, self.recipe = photos, pool, seed, recipe
        self.phase, self.length = phase, length

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        cv2.setNumThreads(0)
        height, width = self.recipe.sizes[self.phase.value]
        rng = np.random.default_rng((self.seed, index))
        scenes = [draw_scene(rng, self.photos, self.pool, self.recipe, height, width) for _ in range(self.recipe.batch)]
        images = np.stack([scene.image for scene in scenes])
        return torch.from_numpy(images), torch.from_numpy(np.stack([compute_targets(scene) for scene in scenes]))


def draw_scene(
    rng: np.random.Generator, photos: Sequence[Scene], pool: CutoutPool, recipe: SceneRecipe, height: int, width: int
) -> Scene:
    """One training scene of the given size."""
    rows, columns = height, width
    if rng.random() < recipe.letterboxed:
        if rng.random() < 0.5:
            rows = int(height * rng.uniform(0.55, 0.98))
        else:
            columns = int(width * rng.uniform(0.55, 0.98))
    if photos and (rng.random() >= recipe.composed or not pool.cutouts):
        scene = augment_geometric(rng, photos[int(rng.integers(len(photos)))], rows, columns)
    else:
        scene = compose_scene(rng, pool, rows, columns, recipe.touching, recipe.band_share)
    image = augment_photometric(rng, scene.image) if recipe.photometric else scene.image
    return letterbox_scene(Scene(image, scene.ids, scene.trusted), height, width)


def letterbox_scene(scene: Scene, height: int, width: int) -> Scene:
    """Centre a scene on the letterbox background."""
    rows, columns = scene.ids.shape
    if (rows, columns) == (height, width):
        return scene
    top, left = (height - rows) // 2, (width - columns) // 2
    inner = np.s_[top : top + rows, left : left + columns]
    image: Pixels = np.full((height, width, 3), BACKGROUND_GREY, np.uint8)
    ids = np.zeros((height, width), np.int32)
    trusted = np.ones((height, width), bool)
    image[inner], ids[inner], trusted[inner] = scene.image, scene.ids, scene.trusted
    return Scene(image, ids, trusted)
