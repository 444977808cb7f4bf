"""Masks as polygons, and polygons as run lengths."""

from __future__ import annotations

import cv2
import numpy as np

from tillsight.domain.arrays import Pixels
from tillsight.domain.geometry import Polygon

SIMPLIFICATION_TOLERANCE = 0.3
"""How far a simplified outline may deviate from the mask's edge, in pixels; it has about a tenth of the points then."""


def polygon_from_mask(mask: Pixels) -> Polygon | None:
    """The outer contour of the largest region of a mask, uint8 [H, W] (foreground >= 128), in pixels; None if empty."""
    binary = (mask >= 128).astype(np.uint8)
    contours, _ = cv2.findContours(
        cv2.resize(binary, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST),
        cv2.RETR_EXTERNAL,
        cv2.CHAIN_APPROX_NONE,
    )
    if not contours:
        return None
    largest = max(contours, key=cv2.contourArea)
    # findContours returns pixel centres, half a pixel inside the true edge. On the doubled mask that is a quarter of a
    # pixel, which the shift by half a doubled pixel centres.
    points = cv2.approxPolyDP((largest.astype(np.float32) + 0.5) / 2, SIMPLIFICATION_TOLERANCE, closed=True)[:, 0]
    return tuple((float(x), float(y)) for x, y in points) if len(points) > 2 else None


def run_lengths(polygon: Polygon, width: int, height: int) -> list[int]:
    """A polygon's mask in a photo of `width` x `height` pixels, as COCO's uncompressed run lengths.

    Column by column from the top left: pixels outside, inside, outside, ... A pixel is inside if its centre is, by the
    even-odd rule. The result is exact and needs no mask: the runs of a column begin and end where its centre line
    crosses the outline.
    """
    start = np.asarray(polygon, np.float64)
    end = np.roll(start, -1, axis=0)
    left, right = np.minimum(start[:, 0], end[:, 0]), np.maximum(start[:, 0], end[:, 0])
    first = np.ceil(left - 0.5).clip(0, width).astype(np.int64)
    crossed = np.ceil(right - 0.5).clip(0, width).astype(np.int64) - first
    edge = np.repeat(np.arange(len(start)), crossed)
    column = first[edge] + np.arange(len(edge)) - np.repeat(np.cumsum(crossed) - crossed, crossed)
    along = (column + 0.5 - start[edge, 0]) / (end[edge, 0] - start[edge, 0])
    row = start[edge, 1] + along * (end[edge, 1] - start[edge, 1])
    order = np.lexsort((row, column))  # a closed outline crosses each centre line an even number of times
    change = column[order] * height + np.ceil(row[order] - 0.5).clip(0, height).astype(np.int64)
    begin, stop = change[0::2], change[1::2]
    full = stop > begin
    begin, stop = begin[full], stop[full]
    apart = begin[1:] > stop[:-1]  # a run that ends at the bottom of a column may continue at the top of the next
    begin, stop = begin[np.r_[True, apart][: len(begin)]], stop[np.r_[apart, True][: len(stop)]]
    changes = np.stack([begin, stop], axis=1).ravel()
    return [int(run) for run in np.diff(changes, prepend=0, append=width * height)]
