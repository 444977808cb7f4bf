"""The service's two networks in this process: the same results as from Triton, without a server."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from runtime import model_folder
from tillsight.domain.arrays import Maps, Pixels, Vectors
from tillsight.domain.deadline import Deadline

NO_DEADLINE = Deadline.after(10 * 365 * 86400)
"""The deadline of calls that nobody waits for."""
BATCH_SIZE = 32
"""Crops in one run of the embedder: Triton's largest batch."""


class LocalSegmenter:
    """A `recognition.ports.Segmenter` that OpenVINO runs from the model's folder."""

    def __init__(self, model_dir: Path) -> None:
        self._model = model_folder.load(model_dir)
        self.version = f"{model_dir.name}:1:{model_folder.parameter(model_dir, 'fingerprint')}"
        height, width, _ = model_folder.config(model_dir).input[0].dims
        self.input_size: tuple[int, int] = (height, width)

    async def segment(self, image: Pixels, deadline: Deadline) -> Maps:
        """Maps uint8 [C, H, W] of a letterboxed photo."""
        return self.maps(image)

    def maps(self, image: Pixels) -> Maps:
        """The same as a plain function."""
        return np.asarray(self._model(image[None])["maps"], np.uint8)[0]


class LocalEmbedder:
    """A `recognition.ports.Embedder`, without a calibration, that OpenVINO runs from the model's folder."""

    def __init__(self, model_dir: Path) -> None:
        self._model = model_folder.load(model_dir)
        self.fingerprint = model_folder.parameter(model_dir, "fingerprint")
        self.version = f"{model_dir.name}:1:{self.fingerprint}"
        self.crop_size = int(model_folder.parameter(model_dir, "crop_size"))
        self.dimension = int(model_folder.parameter(model_dir, "dimension"))

    async def embed(self, crops: Pixels, deadline: Deadline) -> Vectors:
        """Unit vectors float32 [N, D] of crops uint8 [N, S, S, 3]."""
        starts = range(0, len(crops), BATCH_SIZE)
        parts = [self._model(crops[start : start + BATCH_SIZE])["embedding"] for start in starts]
        return np.concatenate(parts).astype(np.float32) if parts else np.zeros((0, self.dimension), np.float32)
