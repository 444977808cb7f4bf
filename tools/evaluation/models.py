"""A model of the repository, run in this process: figures of the model, not of a server."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openvino
from numpy.typing import NDArray

from tillsight.errors import InvalidInput

Outputs = dict[str, NDArray[np.generic]]
Model = Callable[[NDArray[np.uint8]], Outputs]


def load(model_dir: Path) -> Model:
    """`model_dir`/1/model.onnx, compiled by OpenVINO at fp32: a uint8 batch [N, ...] -> its outputs by name.

    `model_dir` is a model's folder in the repository, e.g. model_repository/vgg. Any batch size will do;
    memory grows with it. Raises InvalidInput where there is no model.
    """
    path = model_dir / "1" / "model.onnx"
    if not path.is_file():
        raise InvalidInput(f"there is no model at {path}: name its folder, such as model_repository/vgg")
    options = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    compiled = openvino.Core().compile_model(str(path), "CPU", options)
    names = [output.get_any_name() for output in compiled.outputs]

    def run(batch: NDArray[np.uint8]) -> Outputs:
        results = compiled(np.ascontiguousarray(batch))
        return {name: np.array(results[index]) for index, name in enumerate(names)}

    return run


def image_size(model_dir: Path) -> tuple[int, int]:
    """Height and width of the pictures that `model_dir`/1/model.onnx, which takes [N, H, W, 3], was exported for."""
    _, height, width, _ = openvino.Core().read_model(str(model_dir / "1" / "model.onnx")).input(0).partial_shape
    return height.get_length(), width.get_length()


def parameter(model_dir: Path, key: str) -> str:
    """The string value of `key` in `model_dir`/config.pbtxt's parameters; raises InvalidInput without one."""
    path = model_dir / "config.pbtxt"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    found = re.search(rf'key:\s*"{re.escape(key)}"\s*,?\s*value:?\s*\{{\s*string_value:\s*"([^"]*)"', text)
    if found is None:
        raise InvalidInput(f"{path} names no parameter {key!r}: export the model again")
    return found[1]
