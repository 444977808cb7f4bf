"""Fakes of Triton's models."""

from __future__ import annotations

import cv2
import numpy as np

from support.fakes.step import Step
from tillsight.domain.arrays import Floats, Pixels
from tillsight.domain.deadline import Deadline
from tillsight.imaging.letterbox import BACKGROUND_GREY
from tillsight.recognition.calibration import Calibration
from tillsight.recognition.instance_separation import OFFSET_KNEE, OFFSET_REACH


def true_maps(image: Pixels) -> Pixels:
    """The five maps of a perfect network for plain dark shapes that do not touch on a bright counter."""
    foreground = ((image.min(axis=2) < 100) & (np.ptp(image, axis=2) > 60)).astype(np.uint8)
    maps = np.zeros((5, *foreground.shape), np.uint8)
    maps[0] = 255 * foreground
    maps[3:] = 127
    count, labels, _, centres = cv2.connectedComponentsWithStats(foreground)
    rows, columns = np.indices(foreground.shape)
    for label in range(1, count):
        inside = labels == label
        depth = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 5)
        maps[1][inside] = (255 * depth / depth.max())[inside]
        for channel, votes in ((3, centres[label][1] - rows), (4, centres[label][0] - columns)):
            stored = 127.5 + 127.5 * np.arcsinh(votes / OFFSET_KNEE) / np.arcsinh(OFFSET_REACH / OFFSET_KNEE)
            maps[channel][inside] = stored.round()[inside]
    return maps


class FakeSegmenter:
    """Finds dark shapes on a bright counter."""

    version = "unet:1:5e65e65e65e65e65"
    input_size = (192, 256)

    def __init__(self) -> None:
        self.step = Step()

    async def segment(self, image: Pixels, deadline: Deadline) -> Pixels:
        await self.step.take(deadline)
        return true_maps(image)


class FakeEmbedder:
    """A crop's vector is its mean colour relative to the neutral background, rotated by `channel_shift` channels."""

    fingerprint = "e3bede3bede3bede"
    dimension = 3
    calibration = Calibration()

    def __init__(
        self, name: str = "vgg", fingerprint: str = fingerprint, crop_size: int = 32, channel_shift: int = 0
    ) -> None:
        self.fingerprint, self.crop_size = fingerprint, crop_size
        self.version = f"{name}:1:{fingerprint}"
        self._channel_shift = channel_shift
        self.step = Step()
        self.batches: list[tuple[int, ...]] = []

    async def embed(self, crops: Pixels, deadline: Deadline) -> Floats:
        self.batches.append(crops.shape)
        await self.step.take(deadline)
        means = np.roll(crops.mean(axis=(1, 2)) - BACKGROUND_GREY, self._channel_shift, axis=1)
        return (means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32)
