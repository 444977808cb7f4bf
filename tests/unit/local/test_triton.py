"""Errors of the local Triton."""

from __future__ import annotations

import pytest

from tillsight.local import triton


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (
            r"E1122 11:35:54.538104 17335 model_lifecycle.cc:642] "
            r""""failed to load 'vgg' version 1: Internal: RuntimeError: Exception from src/inference/core.cpp:84:\n"""
            r'''Exception from src/r.cpp:148:\nUnable to read the model: \"m.onnx\"\n\n\nAt:\n  /m.py(3): f\n"''',
            "failed to load 'vgg' version 1: Internal: RuntimeError: Unable to read the model: 'm.onnx'",
        ),
        ("error: creating server: Internal - no", "error: creating server: Internal - no"),
    ],
)
def test_a_log_line_becomes_a_sentence(line, sentence):
    assert triton._sentence(line) == sentence
