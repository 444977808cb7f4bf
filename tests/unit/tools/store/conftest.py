"""Photos that several test modules of the synthetic store use."""

from __future__ import annotations

import cv2
import numpy as np
import pytest


@pytest.fixture
def studio_photo() -> np.ndarray:
    """A white-faced carton with a dark frame on white, with sensor noise of up to three levels."""
    photo = np.full((120, 100, 3), 255, np.uint8)
    cv2.rectangle(photo, (20, 15), (79, 104), (40, 90, 40), -1)
    cv2.rectangle(photo, (30, 25), (69, 60), (255, 255, 255), -1)
    return photo - np.random.default_rng(0).integers(0, 4, photo.shape).astype(np.uint8)
