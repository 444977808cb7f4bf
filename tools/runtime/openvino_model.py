"""Models that OpenVINO compiles in this process, in float32. The tools measure and learn with them."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

import onnx
import openvino

FP32 = {"INFERENCE_PRECISION_HINT": "f32"}


def compile_model(model: Path | onnx.ModelProto, hints: dict[str, str] | None = None) -> openvino.CompiledModel:
    """Compile an ONNX file or a graph in memory for the CPU in float32, with further OpenVINO `hints`."""
    source = str(model) if isinstance(model, Path) else io.BytesIO(model.SerializeToString())
    return _core().compile_model(_core().read_model(source), "CPU", {**FP32, **(hints or {})})


@cache
def _core() -> openvino.Core:
    """The only OpenVINO core of the process.

    The CPU plugin of each core installs its own signal stack on the main thread, and restores the previous one when
    the core is destroyed. If two cores are destroyed in the order of their creation, the second one restores a stack
    whose memory is freed. The next signal, such as SIGCHLD, then crashes the process (seen with OpenVINO 2026.4).
    """
    return openvino.Core()
