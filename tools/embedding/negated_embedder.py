"""A second embedder for tests and benchmarks: the same network with negated vectors.

In a gallery of its own vectors it finds the same products as the original. In a gallery of the original's vectors it
finds the least similar ones. An answer that mixes the two embedders is therefore easy to detect.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import onnx


def write_negated_embedder(embedder: Path, folder: Path) -> str:
    """Write the negated model of the folder `embedder` to `folder`, and return its fingerprint.

    The name of `folder` becomes the model's name.
    """
    model = onnx.load(embedder / "1" / "model.onnx")
    output = model.graph.output[0].name
    for node in model.graph.node:
        node.output[:] = ["straight" if name == output else name for name in node.output]
    model.graph.node.append(onnx.helper.make_node("Neg", ["straight"], [output]))
    (folder / "1").mkdir(parents=True)
    onnx.save(model, folder / "1" / "model.onnx")
    fingerprint = hashlib.sha256((folder / "1" / "model.onnx").read_bytes()).hexdigest()[:16]
    config = (embedder / "config.pbtxt").read_text()
    config = re.sub(r'^name: ".*"', f'name: "{folder.name}"', config)
    config = re.sub(r'("fingerprint" value: \{ string_value: )"\w+"', rf'\1"{fingerprint}"', config)
    (folder / "config.pbtxt").write_text(config)
    return fingerprint
