"""Models compiled in this process by OpenVINO, at fp32: what the tools measure and learn with."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

import onnx
import openvino

FP32 = {"INFERENCE_PRECISION_HINT": "f32"}


def compiled(model: Path | onnx.ModelProto, hints: dict[str, str] | None = None) -> openvino.CompiledModel:
    """`model`, a file or a graph in memory, compiled for the CPU at fp32, with OpenVINO's further `hints`."""
    source = str(model) if isinstance(model, Path) else io.BytesIO(model.SerializeToString())
    return _core().compile_model(_core().read_model(source), "CPU", {**FP32, **(hints or {})})


@cache
def _core() -> openvino.Core:
    """The one core of the process.

    Each core's CPU plugin puts a signal stack of its own on the main thread and, when it goes, the one that was there
    before it: of two cores that go in the order they came, the second leaves a stack whose memory is gone, and the
    next signal, such as that of an ended child, crashes the process (seen with OpenVINO 2026.4).
    """
    return openvino.Core()
