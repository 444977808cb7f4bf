"""The exported segmenter."""

from __future__ import annotations

from pathlib import Path

import torch

from segmentation.export import export, read_weights
from segmentation.network import Unet


def test_an_exported_model_agrees_in_both_runtimes_and_training_can_start_from_its_weights(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = Unet()
    network.encoder.load_imagenet()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.bias.data.uniform_(-0.1, 0.1)
    fingerprint = export(network.eval(), tmp_path, "card of {fingerprint}")
    assert (tmp_path / "MODEL_CARD.md").read_text() == f"card of {fingerprint}"
    config = (tmp_path / "config.pbtxt").read_text()
    assert fingerprint in config and 'backend: "onnxruntime"' in config and "dims: [ 5, 480, 640 ]" in config
    assert (tmp_path / "1" / "model.onnx").stat().st_size < 12_000_000
    again = Unet(normalised=False)
    again.load_state_dict(dict(read_weights(tmp_path)))
    photo = torch.rand(1, 3, 64, 96) * 255
    with torch.no_grad():
        assert torch.allclose(network(photo), again.eval()(photo), atol=0.05)
