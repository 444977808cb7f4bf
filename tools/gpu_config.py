"""Write configs/gpu.pbtxt beside each model's config.pbtxt: the same model with TensorRT in float16, or in int8 if the
graph itself rounds to eight bits.

A Triton started with --model-config-name=gpu reads it instead of config.pbtxt. The keys are those of
triton-inference-server/onnxruntime_backend, README, "ONNX Runtime with TensorRT optimization". With --check, only
compare the existing files with the generated ones.
"""

from __future__ import annotations

import sys
from pathlib import Path

import typer
from google.protobuf import text_format
from tritonclient.grpc.model_config_pb2 import DataType, ModelConfig

REPOSITORY = Path(__file__).resolve().parent.parent / "model_repository"
ENGINE_CACHE = "/var/cache/tensorrt"
"""The folder of built TensorRT engines in NVIDIA's container. docker-compose.yml mounts a volume there."""

GPU = """
# Made by tools/gpu_config.py from config.pbtxt; do not edit.
optimization {{
  execution_accelerators {{
    gpu_execution_accelerator [ {{
      name: "tensorrt"
      parameters {{ key: "precision_mode" value: "{precision}" }}
      # Powers and their means stay in fp32: the cubes of VGG16's activations pass 65504, the largest of fp16.
      parameters {{ key: "trt_layer_norm_fp32_fallback" value: "1" }}
      parameters {{ key: "trt_engine_cache_enable" value: "1" }}
      # A folder for each fingerprint: engines are named by the graph, so new weights would meet an old engine.
      parameters {{ key: "trt_engine_cache_path" value: "{cache}/{name}-{fingerprint}" }}
    }} ]
  }}
}}
# An engine is built for the batches seen so far. The smallest and the largest, before the model is ready, make it one.
{warmups}"""
WARMUP = """\
model_warmup {{ name: "batch of {batch}" batch_size: {batch} inputs {{
  key: "{input}" value: {{ data_type: {type} dims: [ {dims} ] zero_data: true }} }} }}
"""


def gpu_pbtxt(config_pbtxt: str) -> str:
    """The text of configs/gpu.pbtxt for the text of a config.pbtxt that has the parameter `fingerprint`."""
    config = text_format.Parse(config_pbtxt, ModelConfig())
    (source,) = config.input
    warmups = (
        WARMUP.format(
            batch=batch,
            input=source.name,
            type=DataType.Name(source.data_type),
            dims=", ".join(map(str, source.dims)),
        )
        for batch in (1, config.max_batch_size)
    )
    in_eight_bits = "eight_bits" in config.parameters
    return config_pbtxt + GPU.format(
        # TensorRT refuses a graph that rounds to eight bits if int8 is not allowed.
        precision="INT8" if in_eight_bits else "FP16",
        cache=ENGINE_CACHE,
        name=config.name,
        fingerprint=config.parameters["fingerprint"].string_value,
        warmups="".join(warmups),
    )


def write(model_dir: Path) -> None:
    """Write `model_dir`/configs/gpu.pbtxt from its config.pbtxt."""
    path = model_dir / "configs" / "gpu.pbtxt"
    path.parent.mkdir(exist_ok=True)
    path.write_text(gpu_pbtxt((model_dir / "config.pbtxt").read_text(encoding="utf-8")), encoding="utf-8")


def stale(model_dir: Path) -> bool:
    """Whether configs/gpu.pbtxt differs from what `write` writes."""
    path = model_dir / "configs" / "gpu.pbtxt"
    expected = gpu_pbtxt((model_dir / "config.pbtxt").read_text(encoding="utf-8"))
    return not path.is_file() or path.read_text(encoding="utf-8") != expected


def main(check: bool = False) -> None:
    """Write the GPU configuration of every model in model_repository, or check that all are up to date."""
    for config in sorted(REPOSITORY.glob("*/config.pbtxt")):
        if not check:
            write(config.parent)
        elif stale(config.parent):
            typer.echo(f"{config.parent.name}/configs/gpu.pbtxt is out of date: run tools/gpu_config.py", err=True)
            sys.exit(1)


if __name__ == "__main__":
    typer.run(main)
