"""The segmenter's maps to separated objects, in pixels of the source photo. Pure: numpy and OpenCV only.

The maps, bytes [C, H, W] with 0..255 for 0..1: 0 foreground probability; 1 distance to the object's own edge over
its largest; 2 probability that two objects touch here; 3 and 4 each pixel's vote, down and right, for its object's
centre (see `vote_pixels`). Only the first is needed for connected components.
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
"""A vote of `OFFSET_REACH` map pixels is stored as 1; asinh-compressed, fine below about `OFFSET_KNEE` pixels."""

SEED_DISTANCE = 100
SEED_CONTACT = 128
PEAK_AREA, CUT_OFF_AREA = 30, 60
"""Pixels of the maps from which a peak of distance, and a region that contact cuts off, are seeds."""
MIN_INSTANCE_AREA = 240.0
"""Pixels of the maps at 480 x 640; what is smaller is no product."""
MIN_HOLE_AREA = 60.0
"""Pixels of the maps; smaller holes of an object are filled."""
VOTE_STEP = 4
"""Only every fourth pixel each way votes: a sixteenth of the work for the same mean."""
JOIN_SADDLE, JOIN_VOTES, JOIN_BASE = 6.9, 4.7, 0.2
"""Weights of the evidence that two neighbouring pieces are one object, by logistic regression; the constant, lower than
fitted, since a merged pair is two wrong products: docs/segmentation.md."""


def vote_pixels(stored: NDArray[np.generic]) -> Floats:
    """Votes as stored, 0..255, in map pixels: sinh undoes the compression of training."""
    unit = (np.asarray(stored, np.float32) - 127.5) / 127.5
    return np.asarray(np.sinh(unit * np.arcsinh(OFFSET_REACH / OFFSET_KNEE)) * OFFSET_KNEE, dtype=np.float32)


VOTES = vote_pixels(np.arange(256))


def separate_instances(
    maps: Maps, placement: LetterboxTransform, *, method: Method = "watershed", min_area: float = MIN_INSTANCE_AREA
) -> tuple[Instance, ...]:
    """The objects in the maps of a photo that lay in the segmenter's input as `placement` says.

    `maps` is uint8 [C, H, W]; "watershed" needs five, "components" (connected regions of the foreground, the
    baseline) the first. Objects under `min_area` pixels of the maps are specks and left out. Boxes and polygons
    are in pixels of the upright source photo, finer than the maps' own pixels, and clipped to the photo; what the
    letterbox added is never part of one. Largest object first; no objects give ().

    Raises InvalidInput where the maps are of another shape or type.
    """
    wanted = 5 if method == "watershed" else 1
    if maps.ndim != 3 or maps.dtype != np.uint8 or maps.shape[0] < wanted:
        raise InvalidInput(
            f"{method} needs maps uint8 [{wanted} or more, H, W], but the segmenter gave {maps.dtype} "
            f"{list(maps.shape)}: serve a segmenter exported by tools/train_unet.py"
        )
    top, left, height, width = photo_window(placement)
    maps = maps[:, top : top + height, left : left + width]
    solid = (maps[0] > 127).astype(np.uint8)
    labels = connected_components(solid) if method == "components" else watershed(maps, solid)
    inside = labels > 0
    areas = np.bincount(labels[inside])
    sums = np.bincount(labels[inside], weights=maps[0][inside])
    sound = {label: rings for label, rings in label_contours(labels, MIN_HOLE_AREA).items() if areas[label] >= min_area}
    if not sound:
        return ()
    outlines = iter(refine_contours([ring for rings in sound.values() for ring in rings], maps[0], labels))
    shift = np.array([left, top], np.float32)
    found = [
        (
            int(areas[label]),
            instance_from_contours(
                [next(outlines) + shift for _ in rings], float(sums[label] / areas[label] / 255), placement
            ),
        )
        for label, rings in sound.items()
    ]
    found.sort(key=lambda pair: -pair[0])
    return tuple(one for _, one in found)


def photo_window(placement: LetterboxTransform) -> tuple[int, int, int, int]:
    """Top, left, height and width of the photo within the maps."""
    columns, rows = placement.width, placement.height
    if placement.turned:
        columns, rows = rows, columns
    height, width = max(1, round(rows * placement.scale)), max(1, round(columns * placement.scale))
    return round(placement.top), round(placement.left), height, width


def connected_components(solid: NDArray[np.uint8]) -> Labels:
    return np.asarray(cv2.connectedComponents(solid, connectivity=4)[1], dtype=np.int32)


def watershed(maps: Maps, solid: NDArray[np.uint8]) -> Labels:
    """Label every foreground pixel with its object, 1.., 0 elsewhere.

    Seeds, where the distance map is high and no contact is seen, are flooded over the foreground (Meyer's
    marker-controlled watershed; contact bands are its dams). What contact cuts off is a seed too, however low its
    distance: thin objects have no peak that a neighbour's would not swallow. Seeds are many on purpose; pieces of
    one object are then joined, so that a patterned pack stays whole.
    """
    clear = solid & (maps[2] < SEED_CONTACT)
    markers = (solid == 0).astype(np.int32)  # 1 is the background's
    for region, smallest in ((clear & (maps[1] > SEED_DISTANCE), PEAK_AREA), (clear, CUT_OFF_AREA), (solid, 1)):
        markers = add_seeds(markers, region, smallest)
    return join_fragments(flood(maps, markers, solid), maps)


def add_seeds(markers: Labels, region: NDArray[np.uint8], smallest: int) -> Labels:
    """Make each connected part of a region that is so large and holds no seed yet one: markers 2.. and on."""
    count, parts = cv2.connectedComponents(region, connectivity=4)
    bare = np.ones(count, bool) if smallest <= 1 else np.bincount(parts.ravel(), minlength=count) >= smallest
    bare[0] = False
    bare[parts[markers > 1]] = False
    if not bare.any():
        return markers
    renumber = np.zeros(count, np.int32)
    renumber[bare] = np.arange(int(bare.sum())) + max(int(markers.max()), 1) + 1
    return np.asarray(np.maximum(markers, renumber[parts]))


def flood(maps: Maps, markers: Labels, solid: NDArray[np.uint8]) -> Labels:
    """Grow markers 2.. over the foreground; labels 1.. out, without dam lines."""
    padded = cv2.copyMakeBorder(markers, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(1,))  # OpenCV writes on the rim
    wall = (solid == 0).view(np.uint8) * np.uint8(255)  # keeps the background, a marker too, from flowing in
    relief = cv2.copyMakeBorder(cv2.merge([maps[2], wall, maps[1]]), 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    cv2.watershed(relief, padded)
    labels = np.maximum(padded[1:-1, 1:-1] - 1, 0)
    dams = (labels == 0) & (solid > 0)
    labels[dams] = cv2.dilate(labels.astype(np.float32), np.ones((3, 3), np.uint8))[dams]  # exact for any count
    return labels


def join_fragments(labels: Labels, maps: Maps) -> Labels:
    """Join neighbouring pieces of one object.

    Two pieces of one object have a high saddle between them (distance along their border over the lesser one's
    peak), and their votes meet: closer together than the pieces themselves are.
    """
    count = int(labels.max()) + 1
    if count <= 2:
        return labels
    rows, columns = np.nonzero(labels[::VOTE_STEP, ::VOTE_STEP])
    rows, columns = rows * VOTE_STEP, columns * VOTE_STEP
    owner = labels[rows, columns]
    pixels = np.maximum(np.bincount(owner, minlength=count), 1)
    middle_y = np.bincount(owner, weights=rows, minlength=count) / pixels
    middle_x = np.bincount(owner, weights=columns, minlength=count) / pixels
    voted_y = middle_y + np.bincount(owner, weights=VOTES[maps[3][rows, columns]], minlength=count) / pixels
    voted_x = middle_x + np.bincount(owner, weights=VOTES[maps[4][rows, columns]], minlength=count) / pixels
    peak = np.ones(count)
    np.maximum.at(peak, owner, maps[1][rows, columns])
    root = np.arange(count)
    for a, b, saddle in borders(labels, maps[1], count):
        pieces_apart = max(float(np.hypot(middle_y[a] - middle_y[b], middle_x[a] - middle_x[b])), 1.0)
        votes_apart = float(np.hypot(voted_y[a] - voted_y[b], voted_x[a] - voted_x[b])) / pieces_apart
        lesser = a if pixels[a] < pixels[b] else b
        if JOIN_SADDLE * saddle / peak[lesser] - JOIN_VOTES * min(votes_apart, 2.0) + JOIN_BASE > 0:
            root[root == root[b]] = root[a]
    return root[labels].astype(np.int32)


def borders(labels: Labels, distance: NDArray[np.uint8], count: int) -> list[tuple[int, int, float]]:
    """Each pair of labels that share a border, with the mean along it of the lower distance of the two sides."""
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
