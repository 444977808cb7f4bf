"""A Triton backend named ``onnxruntime`` for servers that have only the Python backend.

Triton's *python-based backends* (triton-inference-server/backend, docs/python_based_backends.md) let a folder
``<backend directory>/onnxruntime/model.py`` serve every model with ``backend: "onnxruntime"`` in its config.pbtxt.
This backend executes ``model.onnx`` with OpenVINO. A model repository that NVIDIA's container serves with its native
ONNX Runtime backend therefore also works with the ``nvidia-pytriton`` wheel, unchanged.

The requests of one dynamic batch are concatenated, executed together and split again. A request that does not fit the
model is answered with its own error, and the others of its batch are answered normally.
"""

import json
from pathlib import Path

import numpy as np
import openvino as ov
import triton_python_backend_utils as pb_utils

# Processor flags for which OpenVINO has native bfloat16 kernels. Without them bf16 is emulated and slower than fp32.
# (AVX512_BF16 since Cooper Lake and Zen 4, AMX since Sapphire Rapids.)
NATIVE_BF16_FLAGS = {"avx512_bf16", "amx_bf16"}


class TritonPythonModel:
    """One model instance: a compiled OpenVINO model and the names of its inputs and outputs."""

    def initialize(self, args):
        """Compile ``model.onnx`` of the requested version. `args` are those of Triton's Python backend.

        Raises TritonModelException if the file or a declared tensor is missing.
        """
        config = json.loads(args["model_config"])
        self._batched = config.get("max_batch_size", 0) > 0
        path = (
            Path(args["model_repository"])
            / args["model_version"]
            / (config.get("default_model_filename") or "model.onnx")
        )
        if not path.is_file():
            raise pb_utils.TritonModelException(f"model {config['name']}: {path} does not exist")
        core = ov.Core()
        model = core.read_model(path)
        self._inputs = [_declared(entry, model.inputs, "input") for entry in config["input"]]
        self._outputs = [_declared(entry, model.outputs, "output") for entry in config["output"]]
        undeclared = {tensor.any_name for tensor in model.inputs} - {name for name, _ in self._inputs}
        if undeclared:
            raise pb_utils.TritonModelException(
                f"model {config['name']}: config.pbtxt lacks the inputs {sorted(undeclared)} of {path.name}"
            )
        compiled = core.compile_model(model, "CPU", _properties())
        self._request = compiled.create_infer_request()

    def execute(self, requests):
        """One response for each request, in order. Requests with the same row shape share one inference."""
        responses = [None] * len(requests)
        batches = {}
        for position, request in enumerate(requests):
            try:
                arrays = self._arrays(request)
            except ValueError as error:
                responses[position] = _failure(error)
                continue
            # Without a batch dimension (max_batch_size 0) every request needs its own inference.
            shape = tuple(array.shape[1:] for array in arrays) if self._batched else position
            batches.setdefault(shape, []).append((position, arrays))
        for members in batches.values():
            for (position, _), response in zip(members, self._run(members, requests), strict=True):
                responses[position] = response
        return responses

    def _arrays(self, request):
        arrays = []
        for name, dtype in self._inputs:
            tensor = pb_utils.get_input_tensor_by_name(request, name)
            if tensor is None:
                raise ValueError(f"input {name} is missing")
            array = tensor.as_numpy()
            if array.dtype != dtype:
                raise ValueError(f"input {name} is {array.dtype}, expected {np.dtype(dtype)}")
            arrays.append(array)
        if self._batched and len({len(array) for array in arrays}) > 1:
            raise ValueError(f"inputs differ in batch size: {[array.shape for array in arrays]}")
        return arrays

    def _run(self, members, requests):
        """The responses of requests that share one inference; `members` are (position, arrays) pairs."""
        try:
            for index, (name, _) in enumerate(self._inputs):
                parts = [arrays[index] for _, arrays in members]
                joined = parts[0] if len(parts) == 1 else np.concatenate(parts)
                self._request.set_tensor(name, ov.Tensor(np.ascontiguousarray(joined), shared_memory=True))
            self._request.infer()
            # Copied: the next inference may write to the same memory before Triton has sent this answer.
            results = {name: self._request.get_tensor(name).data.copy() for name, _ in self._outputs}
        except RuntimeError as error:
            return [_failure(error)] * len(members)
        responses = []
        start = 0
        for position, arrays in members:
            rows = slice(start, start + len(arrays[0])) if self._batched else slice(None)
            start += len(arrays[0]) if self._batched else 0
            wanted = set(requests[position].requested_output_names())
            responses.append(
                pb_utils.InferenceResponse(
                    [
                        pb_utils.Tensor(name, results[name][rows].astype(dtype, copy=False))
                        for name, dtype in self._outputs
                        if name in wanted
                    ]
                )
            )
        return responses


def _properties():
    """OpenVINO's compile properties.

    There is no cache of compiled models: VGG16 compiles in 0.3 s, and the instances of a model, which start at the same
    time, would write the same file.
    """
    flags = Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    return {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "bf16" if NATIVE_BF16_FLAGS.intersection(flags) else "f32",
        # Each model has its own process and all share the cores; pinned threads cannot move to a free core. Measured on
        # VGG16, hints, pinning and batch size make no difference above the noise.
        "ENABLE_CPU_PINNING": False,
    }


def _declared(entry, tensors, kind):
    """Name and numpy dtype of a declared input or output. Raises TritonModelException if model.onnx lacks it."""
    if entry["name"] not in {name for tensor in tensors for name in tensor.names}:
        known = sorted(tensor.any_name for tensor in tensors)
        raise pb_utils.TritonModelException(f"config.pbtxt names the {kind} {entry['name']}, model.onnx has {known}")
    if entry["data_type"] == "TYPE_STRING":
        raise pb_utils.TritonModelException(f"{kind} {entry['name']}: this backend takes no strings")
    return entry["name"], pb_utils.triton_string_to_numpy(entry["data_type"])


def _failure(error):
    return pb_utils.InferenceResponse(error=pb_utils.TritonError(str(error).strip()))
