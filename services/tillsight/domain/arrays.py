"""Array types, defined once. Shapes and value ranges are given where a function takes or returns one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""Image samples: uint8 [H, W, 3] RGB, or [N, H, W, 3] for several, unless a docstring says otherwise."""
Maps = NDArray[np.uint8]
"""The segmenter's output: uint8 [C, H, W]."""
Labels = NDArray[np.int32]
"""A label map: int32 [H, W], 0 for the background, 1.. for instances."""
Floats = NDArray[np.float32]
Vectors = NDArray[np.float32]
"""Embeddings: float32 [N, D], each of unit length."""
