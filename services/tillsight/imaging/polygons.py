"""Measures of polygons and boxes."""

from __future__ import annotations

import numpy as np

from tillsight.domain.geometry import Box, Polygon


def rectangle_polygon(x: float, y: float, width: float, height: float) -> Polygon:
    """The polygon of an axis-aligned rectangle, in pixels of the photo."""
    return ((x, y), (x + width, y), (x + width, y + height), (x, y + height))


def bounding_box(polygon: Polygon) -> Box:
    """The smallest box around a polygon."""
    x, y = np.asarray(polygon, np.float64).T
    return Box(float(x.min()), float(y.min()), float(np.ptp(x)), float(np.ptp(y)))


def polygon_area(polygon: Polygon) -> float:
    """The area that a polygon encloses, in square pixels (shoelace formula)."""
    x, y = np.asarray(polygon, np.float64).T
    return float(abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2)


def box_iou(one: Box, other: Box) -> float:
    """Intersection over union of two boxes, 0..1."""
    across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    both = max(across, 0.0) * max(down, 0.0)
    return both / (one.width * one.height + other.width * other.height - both) if both else 0.0
