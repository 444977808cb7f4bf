"""The segmenter network."""

from __future__ import annotations

import torch

from segmentation.network import Unet


def test_folding_batch_normalisation_does_not_change_the_function() -> None:
    torch.manual_seed(0)
    network = Unet()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-0.2, 0.2)  # type: ignore[union-attr]
            module.running_var.uniform_(0.5, 2)  # type: ignore[union-attr]
    photo = torch.rand(1, 3, 64, 96) * 255
    with torch.no_grad():
        assert torch.allclose(network.eval()(photo), network.folded()(photo), atol=1e-4)
