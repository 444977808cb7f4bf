"""A trained network as a Triton model: `1/model.onnx`, `config.pbtxt`, `configs/gpu.pbtxt`, `MODEL_CARD.md`."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

import gpu_config
from runtime.openvino_model import compile_model
from segmentation.network import HEIGHT, MAPS, WIDTH, Unet
from tillsight.domain.arrays import Pixels

OPSET = 17
TOLERANCE = 2
"""How far ONNX Runtime and OpenVINO may differ, in levels of 0..255."""

CONFIG = """name: "unet"
backend: "onnxruntime"
max_batch_size: 8
input [ {{ name: "image" data_type: TYPE_UINT8 dims: [ {height}, {width}, 3 ] }} ]
output [ {{ name: "maps" data_type: TYPE_UINT8 dims: [ {maps}, {height}, {width} ] }} ]
instance_group [ {{ count: 1 }} ]
dynamic_batching {{ max_queue_delay_microseconds: 2000 }}
parameters: {{ key: "fingerprint" value: {{ string_value: "{fingerprint}" }} }}
"""


class ServedUnet(nn.Module):
    """What Triton serves: uint8 [B, H, W, 3] RGB in, uint8 [B, C, H, W] maps out; the graph has all steps between."""

    def __init__(self, network: Unet) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> Tensor:
        raw = self.network(image.permute(0, 3, 1, 2).float())
        unit = torch.cat([torch.sigmoid(raw[:, :3]), (torch.tanh(raw[:, 3:]) + 1) / 2], dim=1)
        return (unit * 255 + 0.5).to(torch.uint8)


def export(network: Unet, folder: Path, card: str) -> str:
    """Write the model folder, check it in both runtimes, and return the fingerprint.

    `card` is the text of MODEL_CARD.md; this fills in `{fingerprint}` and `{megabytes}`.
    Raises RuntimeError if ONNX Runtime and OpenVINO differ by more than TOLERANCE.
    """
    served = ServedUnet(network.folded()).eval()
    path = folder / "1" / "model.onnx"
    path.parent.mkdir(parents=True, exist_ok=True)
    example = torch.zeros((1, HEIGHT, WIDTH, 3), dtype=torch.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns about its own deprecation
        torch.onnx.export(
            served, (example,), str(path), input_names=["image"], output_names=["maps"], opset_version=OPSET,
            dynamic_axes={"image": {0: "batch"}, "maps": {0: "batch"}}, dynamo=False,
        )  # fmt: skip
    model = onnx.load(str(path))
    _store_in_half_precision(model)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))
    _compare_runtimes(path)
    data = path.read_bytes()
    fingerprint = hashlib.sha256(data).hexdigest()[:16]
    config = CONFIG.format(height=HEIGHT, width=WIDTH, maps=len(MAPS), fingerprint=fingerprint)
    (folder / "config.pbtxt").write_text(config)
    gpu_config.write(folder)
    filled = card.replace("{fingerprint}", fingerprint).replace("{megabytes}", f"{len(data) / 1e6:.1f}")
    (folder / "MODEL_CARD.md").write_text(filled)
    return fingerprint


def _store_in_half_precision(model: onnx.ModelProto) -> None:
    """Store float weights in half precision, each with a Cast to float32. CPU runtimes fold the Cast at load."""
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


def read_weights(folder: Path) -> Mapping[str, Tensor]:
    """The weights in a model folder that `export` wrote, by the parameter names of a folded `Unet`."""
    model = onnx.load(str(folder / "1" / "model.onnx"))
    found = {}
    for weight in model.graph.initializer:
        name = weight.name.removesuffix(".half")
        if name.startswith("network."):
            found[name.removeprefix("network.")] = torch.from_numpy(numpy_helper.to_array(weight).astype(np.float32))
    return found


def _compare_runtimes(path: Path) -> None:
    """Run ONNX Runtime and OpenVINO on a batch of two. Raises RuntimeError if they differ."""
    import onnxruntime

    image = _example_photos()
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    first = session.run(None, {"image": image})[0]
    second = compile_model(path)({"image": image})["maps"]
    difference = int(np.abs(first.astype(int) - second.astype(int)).max())
    if first.shape != (2, len(MAPS), HEIGHT, WIDTH) or first.dtype != np.uint8 or difference > TOLERANCE:
        raise RuntimeError(
            f"{path}: ONNX Runtime gives {first.dtype} {first.shape}, OpenVINO differs by up to {difference} of 255: "
            "do not serve this model"
        )


def _example_photos() -> Pixels:
    """Two smooth random images, uint8 [2, HEIGHT, WIDTH, 3]."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (2, 12, 16, 3), dtype=np.uint8)
    return np.stack([cv2.resize(one, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC) for one in coarse])
