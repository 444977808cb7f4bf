"""An exported `vgg` read back, so that another tool can start from it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from embedding.graph import Pooling
from embedding.vgg16 import Convolutions
from embedding.whitening import Whitening
from tillsight.domain.arrays import Floats
from tillsight.domain.errors import InvalidInput

Tensors = dict[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class ExportedEmbedder:
    """The arguments that `graph.build_graph` had for an exported model."""

    convolutions: Convolutions
    size: int
    poolings: tuple[Pooling, ...]
    whitening: Whitening
    aspect_ratio_weight: float


def read_exported(model_dir: Path) -> ExportedEmbedder:
    """The parts of `model_dir`/1/model.onnx. Raises InvalidInput unless it is a whitened VGG16 of export_vgg.py."""
    path = model_dir / "1" / "model.onnx"
    if not path.is_file():
        raise InvalidInput(f"there is no model at {path}: give a folder that export_vgg.py wrote")
    model = onnx.load(path)
    stored: Tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    names = [node.name for node in model.graph.node if re.fullmatch(r"conv\d_\d", node.name)]
    if not names or "whitening.mean" not in stored:
        raise InvalidInput(f"{path} is not a whitened VGG16: give a folder that export_vgg.py wrote")
    peaks = [float(stored[f"{name}.rounded.scale"]) * 255 for name in names if f"{name}.rounded.scale" in stored]
    poolings = [re.fullmatch(r"gem\d+_block(\d)\.power", name) for name in stored]
    return ExportedEmbedder(
        Convolutions(
            tuple((_kernels(stored, name), stored[f"{name}.bias"].astype(np.float32)) for name in names),
            stored["mean"].astype(np.float32).reshape(3),
            str(model_dir.name),
            tuple(peaks),
        ),
        model.graph.input[0].type.tensor_type.shape.dim[1].dim_value,
        tuple(Pooling(int(found[1]), float(stored[found[0]])) for found in poolings if found),
        Whitening(stored["whitening.mean"].astype(np.float32), stored["whitening.matrix.half"].astype(np.float32)),
        float(stored["proportion.weight"]) if "proportion.weight" in stored else 0.0,
    )


def _kernels(stored: Tensors, name: str) -> Floats:
    if f"{name}.weight.half" in stored:
        return stored[f"{name}.weight.half"].astype(np.float32)
    levels = stored[f"{name}.weight.int8"].astype(np.float32)
    return np.asarray(levels * stored[f"{name}.weight.scale"].reshape(-1, 1, 1, 1), np.float32)
