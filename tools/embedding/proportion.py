"""How long an object is for its width, read off its crop and laid beside the network's vector.

Packs of another size bear the same print, and pooling forgets outlines: what tells them apart is their proportion.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from embedding.builder import Builder
from tillsight.imaging.letterbox import BACKGROUND_GREY

FREQUENCY = 6.0
"""A proportion 1.16 times another's, as twins' of two sizes are, turns the pair of values by 50 degrees."""
OBJECT_LEVELS = 8.0
"""What differs from the crop's neutral ground by more, in any channel of 0..255, is the object."""
BEYOND = 1.5
"""More than any pixel's distance from the crop's middle, in half sides, along a side or a diagonal."""


def with_proportion(build: Builder, pixels: str, size: int, vectors: str, weight: float, name: str) -> str:
    """Unit vectors [N, D + 2] of given ones [N, D] and of the proportions in `pixels`, fp32 [N, size, size, 3].

    The cosine of two of them is (1 - weight) times that of the given ones and `weight` times cos(FREQUENCY * d), d
    being the difference of the proportions' logarithms. A proportion is that of the smaller of the two rectangles
    around the object along the crop's sides and along its diagonals, as `imaging.crop` lays objects; 1 or more.
    """

    def fixed(values: object, result: str, kind: type = np.float32) -> str:
        return build.constant(np.array(values, kind), f"proportion.{result}")

    def step(operation: str, inputs: list[str], result: str, **attributes: object) -> str:
        return build.node(operation, inputs, f"proportion.{result}", **attributes)

    off = step("Sub", [pixels, fixed(BACKGROUND_GREY, "ground")], "off")
    far = step("ReduceMax", [step("Abs", [off], "apart")], "far", axes=[3], keepdims=0)
    seen = step(
        "Cast", [step("Greater", [far, fixed(OBJECT_LEVELS, "levels")], "seen")], "object", to=TensorProto.FLOAT
    )
    flat = step("Reshape", [seen, fixed([-1, 1, size * size], "flat_shape", np.int64)], "flat")
    reached = step("Mul", [flat, build.half(_distances(size), "proportion.distances")], "reached")
    reach = step("ReduceMax", [reached], "reach", axes=[2], keepdims=0)
    # There and back along each line, less what BEYOND adds; a pixel has a width of its own.
    spans = step("MatMul", [reach, fixed(np.repeat(np.eye(4), 2, axis=0), "both_ways")], "spans")
    extents = step("Sub", [spans, fixed(2 * BEYOND - 2 / size, "beyond")], "extents")
    logs = step("Log", [step("Max", [extents, fixed(2 / size, "pixel")], "extents_at_least")], "logarithms")
    areas = step("MatMul", [logs, fixed([[1, 0], [1, 0], [0, 1], [0, 1]], "pairs")], "areas")
    apart = step("MatMul", [logs, fixed([[1, 0], [-1, 0], [0, 1], [0, -1]], "of_pairs")], "sides_apart")
    along = step("MatMul", [areas, fixed([[1], [-1]], "against")], "larger_along_sides")
    straight = step("Gather", [apart, fixed([0], "place0", np.int64)], "pair0", axis=1)
    diagonal = step("Gather", [apart, fixed([1], "place1", np.int64)], "pair1", axis=1)
    larger = step("Greater", [along, fixed(0, "none")], "along_diagonals")
    proportion = step("Abs", [step("Where", [larger, diagonal, straight], "signed")], "proportion")
    angle = step("Mul", [proportion, fixed(FREQUENCY, "frequency")], "angle")
    pair = step("Concat", [step("Cos", [angle], "cosine"), step("Sin", [angle], "sine")], "pair", axis=1)
    share = fixed(weight, "weight")
    values = step("Mul", [pair, step("Sqrt", [share], "scale")], "values")
    rest = step("Sqrt", [step("Sub", [fixed(1.0, "whole"), share], "rest")], "rest_scale")
    shrunk = step("Mul", [vectors, rest], "vectors")
    return build.node("Concat", [shrunk, values], name, axis=1)


def _distances(size: int) -> NDArray[np.float32]:
    """BEYOND more than how far each pixel lies along four lines, there and back: fp32 [8, size * size], none negative.

    The lines are down, right, and the two diagonals; in half sides of the crop, from its middle.
    """
    places = (2 * np.arange(size, dtype=np.float32) + 1) / size - 1
    row, column = (grid.ravel() for grid in np.meshgrid(places, places, indexing="ij"))
    lines = np.stack([row, column, (row + column) / math.sqrt(2), (row - column) / math.sqrt(2)])
    return np.asarray(BEYOND + np.stack([lines, -lines], axis=1).reshape(8, -1), np.float32)
