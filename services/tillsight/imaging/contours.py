"""Contours of labelled instances, and their refinement to sub-pixel polygons. Pure.

Coordinates are (x, y); the pixel in row r and column c covers [c, c+1) x [r, r+1), so that its centre lies at .5.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tillsight.domain.arrays import Floats, Labels
from tillsight.domain.geometry import Instance, LetterboxTransform, Polygon
from tillsight.imaging.polygons import bounding_box

PARENT = 3
"""The column of OpenCV's contour hierarchy that holds the enclosing contour."""
Ring = NDArray[np.int32]
"""A closed contour of pixels, int32 [N, 1, 2] (x, y). The object is on the left of an outer contour."""


def label_contours(labels: Labels, smallest_hole: float) -> dict[int, list[Ring]]:
    """For each label above 0 the outer contour of its largest part, followed by the contours of the part's holes.

    Holes under `smallest_hole` square pixels are filled: they are more often a dim patch of the object than background
    seen through it.
    """
    rings, tree = cv2.findContours(labels, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    sizes = [cv2.contourArea(ring) for ring in rings]
    largest: dict[int, int] = {}
    for index, ring in enumerate(rings):
        label = int(labels[ring[0, 0, 1], ring[0, 0, 0]])
        outer = tree[0, index, PARENT] < 0
        if label and outer and (label not in largest or sizes[index] > sizes[largest[label]]):
            largest[label] = index
    found = {index: [np.asarray(rings[index], np.int32)] for index in largest.values()}
    for index, ring in enumerate(rings):
        if sizes[index] >= smallest_hole and (parent := int(tree[0, index, PARENT])) in found:
            found[parent].append(np.asarray(ring, np.int32))
    return {label: found[index] for label, index in largest.items()}


def refine_contours(rings: list[Ring], probability: NDArray[np.uint8], labels: Labels) -> list[Floats]:
    """Contours moved outwards to where the foreground probability falls to one half: each float32 [N, 2].

    Between pixels the probability is interpolated linearly. It counts as 0 inside another object, and beyond the photo
    as it is at the image border. Pixel centres are at .5. All contours are refined in one pass, because a photo has
    few objects but many contour points.
    """
    points = np.concatenate(rings)[:, 0]
    outward = np.concatenate([outward_normals(ring[:, 0]) for ring in rings])
    # A step along the normal ends between two pixels of the next row or column: `share` divides it among them.
    steep = np.abs(outward[:, 1]) > np.abs(outward[:, 0])
    major = np.where(steep[:, None], np.round(outward) * [0, 1], np.round(outward) * [1, 0]).astype(np.int32)
    minor = np.sign(outward - major).astype(np.int32)
    share = np.abs(outward - major).max(axis=1)

    def probability_at(positions: NDArray[np.int32]) -> Floats:
        x = positions[:, 0].clip(0, labels.shape[1] - 1)
        y = positions[:, 1].clip(0, labels.shape[0] - 1)
        label = labels[y, x]
        return np.where((label == own) | (label == 0), probability[y, x], 0).astype(np.float32)

    own = labels[points[:, 1], points[:, 0]]
    here = probability[points[:, 1], points[:, 0]].astype(np.float32)
    beyond = (1 - share) * probability_at(points + major) + share * probability_at(points + major + minor)
    # The edge is where the line from `here` to `beyond` crosses one half; without a crossing, half a pixel outwards.
    step = np.where(beyond < 127.5, (here - 127.5) / np.maximum(here - beyond, 1), 0.5).clip(0, 1)
    moved = (points + 0.5 + outward * step[:, None]).astype(np.float32)
    return np.split(moved, np.cumsum([len(ring) for ring in rings])[:-1])


def outward_normals(points: NDArray[np.int32]) -> Floats:
    """The direction away from the object at each point of a contour [N, 2], one pixel long along its steeper axis."""
    looped = points[np.arange(-2, len(points) + 2) % len(points)].astype(np.float32)
    along = looped[4:] - looped[:-4]
    outward = along[:, ::-1] * np.array([-1, 1], np.float32)
    length = np.abs(outward).max(axis=1, keepdims=True)
    return np.asarray(outward / np.maximum(length, 1), dtype=np.float32)


def instance_from_contours(rings: list[Floats], score: float, transform: LetterboxTransform) -> Instance:
    """An outer contour and the contours of holes, in map pixels, as an instance in pixels of the photo.

    Deviations of up to a quarter of a map pixel are simplified away.
    """
    simple = [np.asarray(cv2.approxPolyDP(ring[:, None], 0.25, closed=True)[:, 0], np.float32) for ring in rings]
    placed = transform.to_photo(join_holes(simple))
    polygon: Polygon = tuple(map(tuple, placed.tolist()))
    return Instance(bounding_box(polygon), polygon, score)


def join_holes(rings: list[Floats]) -> Floats:
    """An outline [N, 2] and the outlines of its holes as one polygon, with a slit from the nearest point to each hole.

    A slit has no width, so the polygon encloses the same area by the even-odd and by the non-zero rule.
    """
    whole = rings[0]
    for hole in rings[1:]:
        apart = np.square(whole[:, None] - hole[None]).sum(axis=2)
        leave, arrive = np.unravel_index(int(apart.argmin()), apart.shape)
        around = np.concatenate([hole[arrive:], hole[: arrive + 1]])
        whole = np.concatenate([whole[: leave + 1], around, whole[leave:]])
    return whole
