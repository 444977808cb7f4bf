"""The layers of `vgg` that are tuned: the last convolution and the whitening."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from embedding.exported_model import ExportedEmbedder
from embedding.tuning_data import LAST_BLOCK, FrozenFeatures
from embedding.vgg16 import ACTIVATION_SCALE
from embedding.whitening import Whitening
from tillsight.domain.arrays import Floats

TUNED_LAYER = 9
"""The number, from 0, of conv4_3 among VGG16's convolutions."""
BATCH_SIZE = 64


class TunedNetwork(nn.Module):
    """The activations after the last frozen convolution, and block 3's pooled values, to unit vectors."""

    def __init__(self, embedder: ExportedEmbedder) -> None:
        super().__init__()
        weight, bias = embedder.convolutions.layers[TUNED_LAYER]
        self.weight = nn.Parameter(torch.from_numpy(weight.copy()))
        self.bias = nn.Parameter(torch.from_numpy(bias.copy()))
        self.matrix = nn.Parameter(torch.from_numpy(embedder.whitening.matrix.copy()))
        self.register_buffer("mean", torch.from_numpy(embedder.whitening.mean.copy()))
        powers = {pooling.block: pooling.power for pooling in embedder.poolings}
        self.power = powers[LAST_BLOCK]

    def forward(self, maps: Tensor, pooled: Tensor) -> Tensor:
        activations = functional.relu(functional.conv2d(maps, self.weight, self.bias, padding=1)) * ACTIVATION_SCALE
        gem = activations.clamp(min=1e-6).pow(self.power).mean(dim=(2, 3)).pow(1 / self.power)
        joined = functional.normalize(torch.cat([pooled, functional.normalize(gem)], dim=1))
        return functional.normalize((joined - self.mean) @ self.matrix)

    def embed(self, data: FrozenFeatures, photos: NDArray[np.int64], view: int = 0) -> Tensor:
        """Unit vectors [N, D] of the photos with these indices, at one view each."""
        parts = []
        with torch.no_grad():
            for start in range(0, len(photos), BATCH_SIZE):
                some = photos[start : start + BATCH_SIZE]
                parts.append(self(*layer_inputs(data, some, np.full(len(some), view))))
        return torch.cat(parts) if parts else torch.zeros((0, self.matrix.shape[1]))

    def export_layers(self, embedder: ExportedEmbedder) -> tuple[Sequence[tuple[Floats, Floats]], Whitening]:
        """VGG16's convolutions with the tuned one among them, and the tuned whitening."""
        tuned = self.weight.detach().numpy(), self.bias.detach().numpy()
        layers = embedder.convolutions.layers
        whitening = Whitening(embedder.whitening.mean, self.matrix.detach().numpy())
        return (*layers[:TUNED_LAYER], tuned, *layers[TUNED_LAYER + 1 :]), whitening


def layer_inputs(data: FrozenFeatures, photos: NDArray[np.int64], view: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
    """The input of `TunedNetwork` for photos, by their indices, each at a view."""
    maps = torch.from_numpy(data.maps[photos, view]).float() * data.scale
    return maps, torch.from_numpy(data.pooled[photos, view])
