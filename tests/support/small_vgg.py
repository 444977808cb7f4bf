"""A VGG network small enough for unit tests."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import torch

from embedding.graph import Pooling
from embedding.vgg16 import BLOCKS, Convolutions
from embedding.vgg16_weights import CAFFE_MEAN
from tillsight.domain.arrays import Floats, Pixels

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


def random_crops() -> Pixels:
    """uint8 [5, SIZE, SIZE, 3]."""
    return np.random.default_rng(2).integers(0, 256, (5, SIZE, SIZE, 3), np.uint8)


def embed_with_onnxruntime(model: onnx.ModelProto, crops: Pixels) -> Floats:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(["embedding"], {"crops": crops})[0])


def embed_with_torch(convolutions: Convolutions, crops: Pixels) -> Floats:
    """The same computation, written independently: caffe VGG, GeM of blocks 4 and 5, unit, joined."""
    x = torch.from_numpy(crops).float().permute(0, 3, 1, 2)
    x = x - torch.from_numpy(convolutions.mean)[None, :, None, None]
    layers, pooled = iter(convolutions.layers), []
    for block, count in enumerate(BLOCKS, 1):
        for _ in range(count):
            weight, bias = next(layers)
            x = torch.relu(torch.conv2d(x, torch.from_numpy(weight), torch.from_numpy(bias), padding=1))
        if block >= 4:
            pooled.append(torch.nn.functional.normalize((x**3).mean(dim=(2, 3)) ** (1 / 3)))
        x = torch.max_pool2d(x, 2)
    return torch.nn.functional.normalize(torch.cat(pooled, dim=1)).numpy()
