"""The segmenter: a UNet with an EfficientNet-lite0 encoder.

UNet: Ronneberger, Fischer, Brox, "U-Net: Convolutional Networks for Biomedical Image Segmentation", 2015.
The names of the modules here and in `encoder` become names in the exported ONNX graph.
"""

from __future__ import annotations

import copy

from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from segmentation.encoder import DEVIATION, MEAN, Encoder

MAPS = ("foreground", "distance", "contact", "offset_y", "offset_x")
"""What the network predicts, in the order of its output channels. `targets` computes them from annotations,
`tillsight.recognition.instance_separation` reads them."""

HEIGHT, WIDTH = 480, 640
"""The size of the exported network's input."""

WIDTHS = (96, 64, 48, 32)
"""The decoder's channels at strides 16, 8, 4 and 2."""


class Up(nn.Module):
    """Double the size, add the encoder's features of that size, then `depth` convolutions."""

    def __init__(self, inputs: int, skip: int, outputs: int, depth: int, normalised: bool) -> None:
        super().__init__()
        self.reduce = _convolution_block(inputs, outputs, 1, normalised)
        self.skip = _convolution_block(skip, outputs, 1, normalised)
        self.refine = nn.Sequential(*(_convolution_block(outputs, outputs, 3, normalised) for _ in range(depth)))

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        x = functional.interpolate(self.reduce(x), scale_factor=2.0, mode="nearest")
        return self.refine(x + self.skip(skip))


def _convolution_block(inputs: int, outputs: int, kernel: int, normalised: bool) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=not normalised)
    if not normalised:
        return nn.Sequential(convolution, nn.ReLU(inplace=True))
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class Unet(nn.Module):
    """float32 [B, 3, H, W] RGB 0..255 -> float32 [B, len(MAPS), H, W] raw maps; H and W multiples of 32.

    The last doubling is a sub-pixel convolution (Shi et al., 2016), because a convolution at full size costs four
    times one at half size. `normalised` adds batch normalisation to the decoder. A decoder that is trained from
    scratch needs it; one that starts from an exported model has it folded in already.
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
        """The same function without batch normalisation, as it is exported. Returns self if there is none."""
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
