"""Array types of the training data, beside those of tillsight.domain.arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
"""One region of an image: bool [H, W]."""
