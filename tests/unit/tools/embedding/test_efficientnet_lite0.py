"""EfficientNet-lite0 as a graph, against the same layers in PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from embedding.efficientnet_lite0 import HEAD, read_lite0
from embedding.features import extract_features
from embedding.graph import Pooling, build_graph
from segmentation.encoder import DEVIATION, MEAN
from tillsight.domain.errors import InvalidInput

SIZE = 64


def test_the_graph_computes_the_pooled_head_as_torch_does() -> None:
    network = read_lite0()
    crop = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8)

    (vector,), _ = extract_features(build_graph(network, SIZE, [Pooling(HEAD)]), [(0, crop)])

    with torch.no_grad():
        x = (torch.from_numpy(crop).float().permute(2, 0, 1)[None] - MEAN) / DEVIATION
        maps = torch.nn.functional.relu6(network.head(network.encoder(x)[-1]))
        expected = torch.nn.functional.normalize((maps**3).mean(dim=(2, 3)) ** (1 / 3))[0].numpy()
    assert vector @ expected > 0.9999


def test_blocks_that_do_not_exist_are_refused() -> None:
    with pytest.raises(InvalidInput, match="has no blocks"):
        build_graph(read_lite0(), SIZE, [Pooling(1)])
