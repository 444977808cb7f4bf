"""The aspect ratio of an object, measured in its crop and appended to the network's vector.

Packages of different sizes have the same print, and pooling loses outlines. The aspect ratio distinguishes them. The
nodes keep the prefix `proportion` of the first exported graphs: a new name would change the model's fingerprint.
"""

from __future__ import annotations

import math

import numpy as np
from onnx import TensorProto

from embedding.graph_builder import GraphBuilder
from tillsight.domain.arrays import Floats
from tillsight.imaging.letterbox import BACKGROUND_GREY

FREQUENCY = 6.0
"""Confusable products of two sizes have aspect ratios that differ by a factor of about 1.16, which turns the pair of
values by 50 degrees."""
OBJECT_LEVELS = 8.0
"""A pixel that differs from the crop's neutral background by more, in any channel 0..255, belongs to the object."""
BEYOND = 1.5
"""More than the distance of any pixel from the crop's centre along a side or a diagonal, in half sides."""


def append_aspect_ratio(build: GraphBuilder, pixels: str, size: int, vectors: str, weight: float, name: str) -> str:
    """Unit vectors [N, D + 2] from unit `vectors` [N, D] and the aspect ratios in `pixels`, float32 [N, size, size, 3].

    The cosine of two results is (1 - weight) times the cosine of the given vectors plus weight * cos(FREQUENCY * d),
    where d is the difference of the logarithms of the aspect ratios. The aspect ratio is that of the smaller of two
    rectangles around the object, along the crop's sides and along its diagonals, because `imaging.crops` deskews
    objects to one of them. It is at least 1.
    """

    def fixed(values: object, result: str, kind: type = np.float32) -> str:
        return build.constant(np.array(values, kind), f"proportion.{result}")

    def step(operation: str, inputs: list[str], result: str, **attributes: object) -> str:
        return build.node(operation, inputs, f"proportion.{result}", **attributes)

    # Which pixels belong to the object.
    off = step("Sub", [pixels, fixed(BACKGROUND_GREY, "ground")], "off")
    far = step("ReduceMax", [step("Abs", [off], "apart")], "far", axes=[3], keepdims=0)
    seen = step(
        "Cast", [step("Greater", [far, fixed(OBJECT_LEVELS, "levels")], "seen")], "object", to=TensorProto.FLOAT
    )
    # How far the object reaches in each of eight directions: the largest distance of any of its pixels.
    flat = step("Reshape", [seen, fixed([-1, 1, size * size], "flat_shape", np.int64)], "flat")
    reached = step("Mul", [flat, build.half(_distances(size), "proportion.distances")], "reached")
    reach = step("ReduceMax", [reached], "reach", axes=[2], keepdims=0)
    # The extent along each of four lines: both directions, less the two BEYOND, plus the width of one pixel.
    spans = step("MatMul", [reach, fixed(np.repeat(np.eye(4), 2, axis=0), "both_ways")], "spans")
    extents = step("Sub", [spans, fixed(2 * BEYOND - 2 / size, "beyond")], "extents")
    # Logarithms turn areas into sums and ratios into differences. Columns: along the sides, along the diagonals.
    logs = step("Log", [step("Max", [extents, fixed(2 / size, "pixel")], "extents_at_least")], "logarithms")
    areas = step("MatMul", [logs, fixed([[1, 0], [1, 0], [0, 1], [0, 1]], "pairs")], "areas")
    apart = step("MatMul", [logs, fixed([[1, 0], [-1, 0], [0, 1], [0, -1]], "of_pairs")], "sides_apart")
    along = step("MatMul", [areas, fixed([[1], [-1]], "against")], "larger_along_sides")
    straight = step("Gather", [apart, fixed([0], "place0", np.int64)], "pair0", axis=1)
    diagonal = step("Gather", [apart, fixed([1], "place1", np.int64)], "pair1", axis=1)
    larger = step("Greater", [along, fixed(0, "none")], "along_diagonals")
    proportion = step("Abs", [step("Where", [larger, diagonal, straight], "signed")], "proportion")
    # A pair (cos, sin) of an angle: the dot product of two pairs is the cosine of the difference of the angles.
    angle = step("Mul", [proportion, fixed(FREQUENCY, "frequency")], "angle")
    pair = step("Concat", [step("Cos", [angle], "cosine"), step("Sin", [angle], "sine")], "pair", axis=1)
    share = fixed(weight, "weight")
    values = step("Mul", [pair, step("Sqrt", [share], "scale")], "values")
    rest = step("Sqrt", [step("Sub", [fixed(1.0, "whole"), share], "rest")], "rest_scale")
    shrunk = step("Mul", [vectors, rest], "vectors")
    return build.node("Concat", [shrunk, values], name, axis=1)


def _distances(size: int) -> Floats:
    """The position of each pixel along eight directions plus BEYOND: float32 [8, size * size], not negative.

    The directions are down, up, right, left and the two diagonals both ways. Positions are in half sides of the crop,
    from its centre. With BEYOND added, pixels of the object exceed the 0 of the background in every direction.
    """
    positions = (2 * np.arange(size, dtype=np.float32) + 1) / size - 1
    row, column = (grid.ravel() for grid in np.meshgrid(positions, positions, indexing="ij"))
    lines = np.stack([row, column, (row + column) / math.sqrt(2), (row - column) / math.sqrt(2)])
    return np.asarray(BEYOND + np.stack([lines, -lines], axis=1).reshape(8, -1), np.float32)
