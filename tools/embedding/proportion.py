"""How long an object is for its width, read off its crop and laid beside the network's vector.

Packs of another size bear the same print, and pooling forgets outlines: what tells them apart is their proportion.
"""

from __future__ import annotations

import numpy as np
from onnx import TensorProto

from embedding.builder import Builder
from tillsight.imaging import GROUND

FREQUENCY = 6.0
"""A proportion 1.16 times another's, as twins' of two sizes are, turns the pair of values by 50 degrees."""
OBJECT_LEVELS = 8.0
"""What differs from the crop's neutral ground by more, in any channel of 0..255, is the object."""
TINY_SPREAD = 1e-4


def with_proportion(build: Builder, pixels: str, size: int, vectors: str, weight: float, name: str) -> str:
    """Unit vectors [N, D + 2] of given ones [N, D] and of the proportions in `pixels`, fp32 [N, size, size, 3].

    The cosine of two of them is (1 - weight) times that of the given ones and `weight` times cos(FREQUENCY * d), d
    being the difference of the proportions' logarithms. A proportion is that of the ellipse with the object's second
    moments (Hu 1962): the same for a rectangle however it is turned, and always 1 or more.
    """
    places = np.linspace(-1, 1, size, dtype=np.float32)
    row, column = (grid.ravel() for grid in np.meshgrid(places, places, indexing="ij"))
    basis = np.stack([np.ones_like(row), row, column, row**2, column**2, row * column], axis=1)

    def fixed(values: object, result: str, kind: type = np.float32) -> str:
        return build.constant(np.array(values, kind), f"proportion.{result}")

    def step(operation: str, inputs: list[str], result: str, **attributes: object) -> str:
        return build.node(operation, inputs, f"proportion.{result}", **attributes)

    tiny = fixed(TINY_SPREAD, "tiny")
    off = step("Sub", [pixels, fixed(GROUND, "ground")], "off")
    far = step("ReduceMax", [step("Abs", [off], "apart")], "far", axes=[3], keepdims=0)
    seen = step(
        "Cast", [step("Greater", [far, fixed(OBJECT_LEVELS, "levels")], "seen")], "object", to=TensorProto.FLOAT
    )
    flat = step("Reshape", [seen, fixed([-1, size * size], "flat_shape", np.int64)], "flat")
    sums = step("MatMul", [flat, build.half(basis, "proportion.basis")], "sums")
    area = step("Gather", [sums, fixed([0], "first", np.int64)], "area", axis=1)
    moments = step("Div", [sums, step("Max", [area, fixed(1.0, "pixel")], "area_at_least")], "moments")
    squares = step("Gather", [moments, fixed([3, 4, 5], "seconds", np.int64)], "squares", axis=1)
    one = step("Gather", [moments, fixed([1, 2, 1], "lefts", np.int64)], "one_centre", axis=1)
    other = step("Gather", [moments, fixed([1, 2, 2], "rights", np.int64)], "other_centre", axis=1)
    spread = step("Sub", [squares, step("Mul", [one, other], "of_centre")], "spread")  # rows, columns, mixed
    # The matrix of second moments has the eigenvalues mean + radius and mean - radius.
    mean = step("MatMul", [spread, fixed([[0.5], [0.5], [0]], "to_mean")], "mean")
    unlike = step("MatMul", [spread, fixed([[0.5, 0], [-0.5, 0], [0, 1]], "to_unlike")], "unlike")
    radius = step("ReduceL2", [unlike], "radius", axes=[1], keepdims=1)
    long = step("Max", [step("Add", [mean, radius], "long_or_none"), tiny], "long")
    short = step("Max", [step("Sub", [mean, radius], "short_or_none"), tiny], "short")
    twice = step("Log", [step("Div", [long, short], "square")], "twice_logarithm")
    angle = step("Mul", [twice, fixed(FREQUENCY / 2, "frequency")], "angle")
    pair = step("Concat", [step("Cos", [angle], "cosine"), step("Sin", [angle], "sine")], "pair", axis=1)
    share = fixed(weight, "weight")
    values = step("Mul", [pair, step("Sqrt", [share], "scale")], "values")
    rest = step("Sqrt", [step("Sub", [fixed(1.0, "whole"), share], "rest")], "rest_scale")
    shrunk = step("Mul", [vectors, rest], "vectors")
    return build.node("Concat", [shrunk, values], name, axis=1)
