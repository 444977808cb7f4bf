"""Another embedder for tests and benchmarks: the same network, its vectors pointing the other way.

It finds what the first one finds in a gallery of its own, and the very opposite in a gallery of the other: an answer
that was half from each would show.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import onnx


def write_opposite(embedder: Path, folder: Path) -> str:
    """Write the opposite of an embedder's model folder to `folder`, whose name is the model's; its fingerprint."""
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
