"""VGG16's thirteen convolutions, read from several file formats and converted to one convention."""

from __future__ import annotations

import pickle  # for its exception only: torch.load unpickles nothing but tensors
import zipfile
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from embedding.vgg16 import BLOCKS, Convolutions
from tillsight.domain.arrays import Floats
from tillsight.domain.errors import InvalidInput

CAFFE_MEAN = np.array([123.68, 116.779, 103.939], np.float32)
"""ImageNet's mean colour (R, G, B) that the original VGG16 subtracts (Keras: preprocess_input, mode caffe)."""
TORCHVISION_MEAN = np.array([123.675, 116.28, 103.53], np.float32)
TORCHVISION_DEVIATION = np.array([58.395, 57.12, 57.375], np.float32)


def read_convolutions(source: Path) -> Convolutions:
    """The convolutions of `source`: a wheel with one VGG16 ONNX model, an ONNX model, or a torchvision .pth.

    An ONNX model must come from Keras (BGR, 0..255, mean subtracted). Raises InvalidInput if the file is missing or
    is not a VGG16.
    """
    if not source.is_file():
        raise InvalidInput(
            f"{source} is not a file: give a wheel, an ONNX model or a torchvision .pth with VGG16 in it"
        )
    if source.suffix in (".pth", ".pt"):
        return _from_torchvision(source)
    if source.suffix == ".whl":
        with zipfile.ZipFile(source) as wheel:
            names = [name for name in wheel.namelist() if name.endswith(".onnx")]
            if len(names) != 1:
                raise InvalidInput(f"{source.name} has {len(names)} ONNX models; give a wheel with one")
            return _from_keras(onnx.load_from_string(wheel.read(names[0])), source.name)
    return _from_keras(onnx.load(source), source.name)


def _from_keras(model: onnx.ModelProto, origin: str) -> Convolutions:
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    layers = []
    for node in model.graph.node:
        if node.op_type == "Conv" and all(name in stored for name in node.input[1:3]):
            weight, bias = (numpy_helper.to_array(stored[name]).astype(np.float32) for name in node.input[1:3])
            layers.append((weight, bias))
    _check(layers, origin)
    first_weight, first_bias = layers[0]
    layers[0] = (np.ascontiguousarray(first_weight[:, ::-1]), first_bias)  # BGR -> RGB
    return Convolutions(tuple(layers), CAFFE_MEAN, origin)


def _from_torchvision(source: Path) -> Convolutions:
    try:
        state = torch.load(source, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise InvalidInput(
            f"{source.name} has more than tensors in it; give a file with only tensors: {error}"
        ) from error
    indices = sorted(
        int(name.split(".")[1]) for name in state if name.startswith("features.") and name.endswith(".weight")
    )
    layers = [
        (state[f"features.{index}.weight"].float().numpy(), state[f"features.{index}.bias"].float().numpy())
        for index in indices
    ]
    _check(layers, source.name)
    first_weight, first_bias = layers[0]
    layers[0] = (first_weight / TORCHVISION_DEVIATION[None, :, None, None], first_bias)
    return Convolutions(tuple(layers), TORCHVISION_MEAN, source.name)


def _check(layers: list[tuple[Floats, Floats]], origin: str) -> None:
    """Raises InvalidInput unless these are VGG16's thirteen 3x3 convolutions, with matching channels from RGB on."""
    channels = 3
    for weight, bias in layers:
        if weight.shape[1:] != (channels, 3, 3) or bias.shape != weight.shape[:1]:
            raise InvalidInput(
                f"{origin} is not a VGG16: a convolution of shape {weight.shape} follows {channels} channels"
            )
        channels = weight.shape[0]
    if len(layers) != sum(BLOCKS):
        raise InvalidInput(f"{origin} is not a VGG16: it has {len(layers)} 3x3 convolutions, not {sum(BLOCKS)}")
