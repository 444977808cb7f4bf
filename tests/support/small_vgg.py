"""A VGG network small enough for unit tests."""

from __future__ import annotations

import numpy as np

from embedding.graph import Pooling
from embedding.vgg16 import BLOCKS, Convolutions
from embedding.vgg16_weights import CAFFE_MEAN
from tillsight.domain.arrays import Floats

CHANNELS = (4, 6, 8, 10, 12)
SIZE = 32
POOLINGS = (Pooling(4), Pooling(5))


def random_layers() -> tuple[tuple[Floats, Floats], ...]:
    random = np.random.default_rng(1)
    layers, incoming = [], 3
    for block, outgoing in zip(BLOCKS, CHANNELS, strict=True):
        for _ in range(block):
            weight = random.normal(0, (2 / (9 * incoming)) ** 0.5, (outgoing, incoming, 3, 3))
            layers.append((weight.astype(np.float32), random.normal(0, 0.1, outgoing).astype(np.float32)))
            incoming = outgoing
    return tuple(layers)


def random_convolutions() -> Convolutions:
    return Convolutions(random_layers(), CAFFE_MEAN, "a test")
