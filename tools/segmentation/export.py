"""A trained network as a Triton model: `1/model.onnx`, `config.pbtxt`, `configs/gpu.pbtxt`, `MODEL_CARD.md`."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

import gpu_config
import inference
from segmentation.network import HEIGHT, MAPS, WIDTH, Unet

OPSET = 17
TOLERANCE = 2
"""Levels of 255 by which ONNX Runtime and OpenVINO may differ."""

CONFIG = """name: "unet"
backend: "onnxruntime"
max_batch_size: 8
input [ {{ name: "image" data_type: TYPE_UINT8 dims: [ {height}, {width}, 3 ] }} ]
output [ {{ name: "maps" data_type: TYPE_UINT8 dims: [ {maps}, {height}, {width} ] }} ]
instance_group [ {{ count: 1 }} ]
dynamic_batching {{ max_queue_delay_microseconds: 2000 }}
parameters: {{ key: "fingerprint" value: {{ string_value: "{fingerprint}" }} }}
"""


class Served(nn.Module):
    """What Triton serves: uint8 [B, H, W, 3] RGB in, uint8 [B, C, H, W] maps out, everything between in the graph."""

    def __init__(self, network: Unet) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> Tensor:
        raw = self.network(image.permute(0, 3, 1, 2).float())
        unit = torch.cat([torch.sigmoid(raw[:, :3]), (torch.tanh(raw[:, 3:]) + 1) / 2], dim=1)
        return (unit * 255 + 0.5).to(torch.uint8)


def export(network: Unet, folder: Path, card: str) -> str:
    """Write the model directory, check it in both runtimes, and return the fingerprint.

    `card` is MODEL_CARD.md's text; `{fingerprint}` and `{megabytes}` in it are filled in.
    Raises RuntimeError where ONNX Runtime and OpenVINO disagree by more than TOLERANCE levels.
    """
    served = Served(network.folded()).eval()
    path = folder / "1" / "model.onnx"
    path.parent.mkdir(parents=True, exist_ok=True)
    example = torch.zeros((1, HEIGHT, WIDTH, 3), dtype=torch.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's remarks on itself
        torch.onnx.export(
            served, (example,), str(path), input_names=["image"], output_names=["maps"], opset_version=OPSET,
            dynamic_axes={"image": {0: "batch"}, "maps": {0: "batch"}}, dynamo=False,
        )  # fmt: skip
    model = onnx.load(str(path))
    store_half(model)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))
    compare(path)
    data = path.read_bytes()
    fingerprint = hashlib.sha256(data).hexdigest()[:16]
    config = CONFIG.format(height=HEIGHT, width=WIDTH, maps=len(MAPS), fingerprint=fingerprint)
    (folder / "config.pbtxt").write_text(config)
    gpu_config.write(folder)
    filled = card.replace("{fingerprint}", fingerprint).replace("{megabytes}", f"{len(data) / 1e6:.1f}")
    (folder / "MODEL_CARD.md").write_text(filled)
    return fingerprint


def store_half(model: onnx.ModelProto) -> None:
    """Store float weights in half precision, each with a Cast back, which CPU runtimes fold when they load."""
    graph = model.graph
    casts = []
    for weight in graph.initializer:
        if weight.data_type != TensorProto.FLOAT or np.prod(weight.dims) < 16:
            continue
        name = weight.name
        half = numpy_helper.from_array(numpy_helper.to_array(weight).astype(np.float16), name + ".half")
        weight.CopyFrom(half)
        casts.append(helper.make_node("Cast", [name + ".half"], [name], name=name + ".cast", to=TensorProto.FLOAT))
    for index, cast in enumerate(casts):
        graph.node.insert(index, cast)


def stored_weights(folder: Path) -> Mapping[str, Tensor]:
    """The weights in a model directory that `export` wrote, by the names of a folded `Unet`'s parameters."""
    model = onnx.load(str(folder / "1" / "model.onnx"))
    found = {}
    for weight in model.graph.initializer:
        name = weight.name.removesuffix(".half")
        if name.startswith("network."):
            found[name.removeprefix("network.")] = torch.from_numpy(numpy_helper.to_array(weight).astype(np.float32))
    return found


def compare(path: Path) -> None:
    """Run ONNX Runtime and OpenVINO on a batch of two; raise RuntimeError where they differ."""
    import onnxruntime

    image = example_photos()
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    first = session.run(None, {"image": image})[0]
    second = inference.compiled(path)({"image": image})["maps"]
    apart = int(np.abs(first.astype(int) - second.astype(int)).max())
    if first.shape != (2, len(MAPS), HEIGHT, WIDTH) or first.dtype != np.uint8 or apart > TOLERANCE:
        raise RuntimeError(
            f"{path}: ONNX Runtime gives {first.dtype} {first.shape}, OpenVINO differs by up to {apart} of 255: "
            "the export is not fit to be served"
        )


def example_photos() -> NDArray[np.uint8]:
    """Two smooth random pictures, uint8 [2, HEIGHT, WIDTH, 3]."""
    import cv2

    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (2, 12, 16, 3), dtype=np.uint8)
    return np.stack([cv2.resize(one, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC) for one in coarse])
