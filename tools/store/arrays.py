"""Array types of the synthetic store that `tillsight.domain.arrays` does not define."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]
"""A coverage mask: uint8 [H, W], 0 for the background, 255 for the object, between them at soft edges."""
Outline = NDArray[np.float64]
"""A closed outline, float64 [N, 2] as x, y; or one value for each of its N points, float64 [N]."""
Grid = NDArray[np.bool_]
"""Which cells of a grid are chosen: bool [rows, columns]."""
