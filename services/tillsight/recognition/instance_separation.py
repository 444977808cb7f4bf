"""Instance separation: the segmenter's maps to separate instances, in pixels of the source photo. Pure.

The maps are uint8 [C, H, W], with 0..255 for 0..1:

0. foreground probability
1. distance to the instance's own edge, divided by its largest distance
2. contact: the probability that two instances touch here
3. and 4. centre votes: each pixel's offset, down and right, to the centre of its instance (see `vote_pixels`)

Connected components, the baseline, need only the first map.
"""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from tillsight.domain.arrays import Floats, Labels, Maps
from tillsight.domain.errors import InvalidInput
from tillsight.domain.geometry import Instance, LetterboxTransform
from tillsight.imaging.contours import instance_from_contours, label_contours, refine_contours

Method = Literal["watershed", "components"]

OFFSET_KNEE = 16.0
OFFSET_REACH = 320.0
"""A vote of OFFSET_REACH map pixels is stored as 1. Votes are asinh-compressed: fine below about OFFSET_KNEE pixels."""

SEED_DISTANCE = 100
SEED_CONTACT = 128
PEAK_AREA, CUT_OFF_AREA = 30, 60
"""Least area, in map pixels, of a distance peak and of a region cut off by contact, to become a seed."""
MIN_INSTANCE_AREA = 240.0
"""Map pixels at 480 x 640. Smaller regions are no products."""
MIN_HOLE_AREA = 60.0
"""Map pixels. Smaller holes are filled."""
VOTE_STEP = 4
"""Only every fourth pixel in each direction votes: a sixteenth of the work for the same mean."""
JOIN_SADDLE, JOIN_VOTES, JOIN_BASE = 6.9, 4.7, 0.2
"""Weights of the evidence that two neighbouring fragments are one instance, fitted by logistic regression. The constant
is lower than fitted, because a merged pair makes two products wrong: docs/explanation/segmentation.md."""


def vote_pixels(stored: NDArray[np.generic]) -> Floats:
    """Stored votes, 0..255, as offsets in map pixels; sinh undoes the compression of training."""
    unit = (np.asarray(stored, np.float32) - 127.5) / 127.5
    return np.asarray(np.sinh(unit * np.arcsinh(OFFSET_REACH / OFFSET_KNEE)) * OFFSET_KNEE, dtype=np.float32)


VOTES = vote_pixels(np.arange(256))


def separate_instances(
    maps: Maps,
    transform: LetterboxTransform,
    *,
    method: Method = "watershed",
    min_area: float = MIN_INSTANCE_AREA,
) -> tuple[Instance, ...]:
    """The instances in the maps of a photo that was letterboxed by `transform`.

    `maps` is uint8 [C, H, W]; "watershed" needs five maps, "components" (connected regions of the foreground, the
    baseline) the first. Regions under `min_area` map pixels are left out. Boxes and polygons are in pixels of the
    upright source photo, finer than a map pixel, and clipped to the photo; letterbox padding is never part of an
    instance. The largest instance comes first; without instances the result is ().

    Raises InvalidInput for maps of another shape or type.
    """
    needed = 5 if method == "watershed" else 1
    if maps.ndim != 3 or maps.dtype != np.uint8 or maps.shape[0] < needed:
        raise InvalidInput(
            f"{method} needs maps uint8 [{needed} or more, H, W], but the segmenter gave {maps.dtype} "
            f"{list(maps.shape)}: serve a segmenter exported by tools/train_unet.py"
        )
    top, left, height, width = photo_window(transform)
    maps = maps[:, top : top + height, left : left + width]
    foreground = (maps[0] > 127).astype(np.uint8)
    labels = connected_components(foreground) if method == "components" else watershed(maps, foreground)
    inside = labels > 0
    areas = np.bincount(labels[inside])
    sums = np.bincount(labels[inside], weights=maps[0][inside])
    large = {label: rings for label, rings in label_contours(labels, MIN_HOLE_AREA).items() if areas[label] >= min_area}
    if not large:
        return ()
    outlines = iter(refine_contours([ring for rings in large.values() for ring in rings], maps[0], labels))
    shift = np.array([left, top], np.float32)
    found = []
    for label, rings in large.items():
        score = float(sums[label] / areas[label] / 255)
        instance = instance_from_contours([next(outlines) + shift for _ in rings], score, transform)
        found.append((int(areas[label]), instance))
    found.sort(key=lambda pair: -pair[0])
    return tuple(instance for _, instance in found)


def photo_window(transform: LetterboxTransform) -> tuple[int, int, int, int]:
    """Top, left, height and width of the photo within the maps, in map pixels."""
    columns, rows = transform.width, transform.height
    if transform.turned:
        columns, rows = rows, columns
    height, width = max(1, round(rows * transform.scale)), max(1, round(columns * transform.scale))
    return round(transform.top), round(transform.left), height, width


def connected_components(foreground: NDArray[np.uint8]) -> Labels:
    """Label the 4-connected regions of a mask 1.., the background 0."""
    return np.asarray(cv2.connectedComponents(foreground, connectivity=4)[1], dtype=np.int32)


def watershed(maps: Maps, foreground: NDArray[np.uint8]) -> Labels:
    """Label every foreground pixel with its instance 1.., the background 0.

    Marker-controlled watershed (Meyer 1992, as in OpenCV): seeds grow over the foreground, and contact bands hold them
    apart. There are more seeds than instances on purpose; fragments of one instance are joined afterwards, so that a
    pack with a strong pattern stays whole.
    """
    clear = foreground & (maps[2] < SEED_CONTACT)
    markers = (foreground == 0).astype(np.int32)  # 1 marks the background
    # In this order: first the distance peaks. Then regions that contact cuts off from every peak, because a thin
    # object has no peak of its own. Last whatever foreground has no seed yet, because all of it belongs to something.
    for region, smallest in ((clear & (maps[1] > SEED_DISTANCE), PEAK_AREA), (clear, CUT_OFF_AREA), (foreground, 1)):
        markers = add_seeds(markers, region, smallest)
    return join_fragments(flood(maps, markers, foreground), maps)


def add_seeds(markers: Labels, region: NDArray[np.uint8], smallest: int) -> Labels:
    """Make each connected part of a region a seed, 2.., if it has no seed yet and `smallest` pixels at least."""
    count, parts = cv2.connectedComponents(region, connectivity=4)
    without_seed = np.ones(count, bool) if smallest <= 1 else np.bincount(parts.ravel(), minlength=count) >= smallest
    without_seed[0] = False
    without_seed[parts[markers > 1]] = False
    if not without_seed.any():
        return markers
    renumber = np.zeros(count, np.int32)
    renumber[without_seed] = np.arange(int(without_seed.sum())) + max(int(markers.max()), 1) + 1
    return np.asarray(np.maximum(markers, renumber[parts]))


def flood(maps: Maps, markers: Labels, foreground: NDArray[np.uint8]) -> Labels:
    """Grow the markers 2.. over the foreground; returns labels 1.., without the lines between basins."""
    # OpenCV overwrites the image border with -1: pad, and crop afterwards.
    padded = cv2.copyMakeBorder(markers, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(1,))
    # OpenCV floods along the largest difference over three channels: contact and distance separate instances, and a
    # step of 255 keeps the background, which is a marker too, from growing into the foreground.
    wall = (foreground == 0).view(np.uint8) * np.uint8(255)
    relief = cv2.copyMakeBorder(cv2.merge([maps[2], wall, maps[1]]), 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    cv2.watershed(relief, padded)
    labels = np.maximum(padded[1:-1, 1:-1] - 1, 0)
    lines = (labels == 0) & (foreground > 0)
    labels[lines] = cv2.dilate(labels.astype(np.float32), np.ones((3, 3), np.uint8))[lines]  # float32 holds any count
    return labels


def join_fragments(labels: Labels, maps: Maps) -> Labels:
    """Join neighbouring fragments of one instance.

    Two fragments of one instance have a high saddle between them (the distance map along their border, over the peak
    of the smaller one), and their pixels vote for the same centre: the voted centres are closer together than the
    fragments' own centres. A logistic rule over both decides.
    """
    count = int(labels.max()) + 1
    if count <= 2:
        return labels
    rows, columns = np.nonzero(labels[::VOTE_STEP, ::VOTE_STEP])
    rows, columns = rows * VOTE_STEP, columns * VOTE_STEP
    owner = labels[rows, columns]
    pixels = np.maximum(np.bincount(owner, minlength=count), 1)
    centre_y = np.bincount(owner, weights=rows, minlength=count) / pixels
    centre_x = np.bincount(owner, weights=columns, minlength=count) / pixels
    voted_y = centre_y + np.bincount(owner, weights=VOTES[maps[3][rows, columns]], minlength=count) / pixels
    voted_x = centre_x + np.bincount(owner, weights=VOTES[maps[4][rows, columns]], minlength=count) / pixels
    peak = np.ones(count)
    np.maximum.at(peak, owner, maps[1][rows, columns])
    root = np.arange(count)
    for a, b, saddle in borders(labels, maps[1], count):
        centres_apart = max(float(np.hypot(centre_y[a] - centre_y[b], centre_x[a] - centre_x[b])), 1.0)
        votes_apart = float(np.hypot(voted_y[a] - voted_y[b], voted_x[a] - voted_x[b])) / centres_apart
        smaller = a if pixels[a] < pixels[b] else b
        if JOIN_SADDLE * saddle / peak[smaller] - JOIN_VOTES * min(votes_apart, 2.0) + JOIN_BASE > 0:
            # All fragments already joined with b follow it, so that joining is transitive.
            root[root == root[b]] = root[a]
    return root[labels].astype(np.int32)


def borders(labels: Labels, distance: NDArray[np.uint8], count: int) -> list[tuple[int, int, float]]:
    """Each pair of labels that share a border, with the mean of the lower distance value of both sides along it."""
    codes, values = [], []
    for first, second in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        a, b = labels[first], labels[second]
        meet = (a != b) & (a > 0) & (b > 0)
        low, high = np.minimum(a[meet], b[meet]), np.maximum(a[meet], b[meet])
        codes.append(low.astype(np.int64) * count + high)
        values.append(np.minimum(distance[first][meet], distance[second][meet]))
    pairs, owner = np.unique(np.concatenate(codes), return_inverse=True)
    if not pairs.size:
        return []
    mean = np.bincount(owner, weights=np.concatenate(values)) / np.bincount(owner)
    return [(int(pair // count), int(pair % count), float(value)) for pair, value in zip(pairs, mean, strict=True)]
