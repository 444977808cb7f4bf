"""Feature vectors of many crops, from a graph in memory."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import onnx
from numpy.typing import NDArray

from runtime.openvino_model import compile_model
from tillsight.domain.arrays import Pixels, Vectors
from tillsight.domain.errors import InvalidInput

BATCH_SIZE = 8


def extract_features(model: onnx.ModelProto, crops: Iterable[tuple[int, Pixels]]) -> tuple[Vectors, NDArray[np.int64]]:
    """The vectors float32 [N, F] that a graph computes of crops, and the object [N] of each.

    `crops` are pairs of an object's number and a crop uint8 [S, S, 3]. Raises InvalidInput if there are none.
    """
    compiled = compile_model(model)
    vectors: list[Vectors] = []
    objects: list[int] = []
    batch: list[Pixels] = []

    def run() -> None:
        vectors.append(np.array(compiled(np.stack(batch))[0]))
        batch.clear()

    for index, pixels in crops:
        objects.append(index)
        batch.append(pixels)
        if len(batch) == BATCH_SIZE:
            run()
    if batch:
        run()
    if not vectors:
        raise InvalidInput("there is no crop to learn a whitening from: give photos or a number of products")
    return np.concatenate(vectors), np.array(objects, np.int64)
