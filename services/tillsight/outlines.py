"""Outlines of objects: from labels to sub-pixel polygons, and from polygons to run lengths. Pure.

Coordinates are (x, y); the pixel in row r and column c covers [c, c+1) x [r, r+1), so that its centre lies at .5.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tillsight.domain import Box, Instance, Placement, Polygon

Labels = NDArray[np.int32]
Floats = NDArray[np.float32]


def contours(labels: Labels) -> dict[int, NDArray[np.int32]]:
    """The outer contour, [N, 1, 2] (x, y), of the largest part of each label above 0."""
    largest: dict[int, tuple[float, NDArray[np.int32]]] = {}
    for contour in cv2.findContours(labels, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)[0]:
        label = int(labels[contour[0, 0, 1], contour[0, 0, 0]])  # a hole's contour is never the largest
        size = cv2.contourArea(contour)
        if label and (label not in largest or size > largest[label][0]):
            largest[label] = size, np.asarray(contour, np.int32)
    return {label: contour for label, (_, contour) in largest.items()}


def refined(outlines: list[NDArray[np.int32]], probability: NDArray[np.uint8], labels: Labels) -> list[Floats]:
    """Contours of pixels [N, 1, 2] (x, y) moved outwards to where the probability falls to one half: float32 [N, 2].

    Between pixels the probability is taken as linear, as 0 where another object lies, and beyond the photo as it
    is at the rim. Pixel centres lie at .5. All contours go at once: a photo has few objects but many points.
    """
    points = np.concatenate(outlines)[:, 0]
    outward = np.concatenate([normals(outline[:, 0]) for outline in outlines])
    steep = np.abs(outward[:, 1]) > np.abs(outward[:, 0])
    major = np.where(steep[:, None], np.round(outward) * [0, 1], np.round(outward) * [1, 0]).astype(np.int32)
    minor = np.sign(outward - major).astype(np.int32)
    share = np.abs(outward - major).max(axis=1)

    def seen(places: NDArray[np.int32]) -> Floats:
        x = places[:, 0].clip(0, labels.shape[1] - 1)
        y = places[:, 1].clip(0, labels.shape[0] - 1)
        label = labels[y, x]
        return np.where((label == own) | (label == 0), probability[y, x], 0).astype(np.float32)

    own = labels[points[:, 1], points[:, 0]]
    here = probability[points[:, 1], points[:, 0]].astype(np.float32)
    beyond = (1 - share) * seen(points + major) + share * seen(points + major + minor)
    step = np.where(beyond < 127.5, (here - 127.5) / np.maximum(here - beyond, 1), 0.5).clip(0, 1)
    moved = (points + 0.5 + outward * step[:, None]).astype(np.float32)
    return np.split(moved, np.cumsum([len(outline) for outline in outlines])[:-1])


def normals(points: NDArray[np.int32]) -> Floats:
    """Outward direction at each point of a closed contour [N, 2]: one pixel along its steeper axis."""
    looped = points[np.arange(-2, len(points) + 2) % len(points)].astype(np.float32)
    along = looped[4:] - looped[:-4]
    outward = along[:, ::-1] * np.array([1, -1], np.float32)
    if cv2.contourArea(points, oriented=True) < 0:
        outward = -outward
    length = np.abs(outward).max(axis=1, keepdims=True)
    return np.asarray(outward / np.maximum(length, 1), dtype=np.float32)


def instance(points: Floats, score: float, placement: Placement) -> Instance:
    """The contour, in map pixels, as an object of the photo; a quarter map pixel of wiggle is smoothed away."""
    simple = cv2.approxPolyDP(points[:, None], 0.25, closed=True)[:, 0]
    placed = placement.to_photo(np.asarray(simple, np.float32))
    polygon: Polygon = tuple((float(x), float(y)) for x, y in placed)
    return Instance(bounding_box(polygon), polygon, score)


def bounding_box(polygon: Polygon) -> Box:
    """The smallest box around a polygon."""
    x, y = np.asarray(polygon, np.float64).T
    return Box(float(x.min()), float(y.min()), float(np.ptp(x)), float(np.ptp(y)))


def run_lengths(polygon: Polygon, width: int, height: int) -> list[int]:
    """A polygon's mask in a photo of `width` x `height` pixels, as COCO's uncompressed run lengths.

    Column by column from the top left: pixels outside, inside, outside, ... A pixel is inside where its centre
    is, by the even-odd rule. Exact, and without drawing the mask: each column's runs begin and end where its
    centre line crosses the outline.
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
    order = np.lexsort((row, column))  # a closed outline crosses a column's line an even number of times
    change = column[order] * height + np.ceil(row[order] - 0.5).clip(0, height).astype(np.int64)
    begin, stop = change[0::2], change[1::2]
    full = stop > begin
    begin, stop = begin[full], stop[full]
    apart = begin[1:] > stop[:-1]  # a run to a column's foot goes on at the next one's head
    begin, stop = begin[np.r_[True, apart][: len(begin)]], stop[np.r_[apart, True][: len(stop)]]
    changes = np.stack([begin, stop], axis=1).ravel()
    return [int(run) for run in np.diff(changes, prepend=0, append=width * height)]
