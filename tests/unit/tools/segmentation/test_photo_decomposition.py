"""Photos taken apart."""

from __future__ import annotations

import numpy as np

from segmentation.annotated_photo import Annotation
from segmentation.photo_decomposition import cut_out_objects


def test_an_object_at_the_image_border_or_an_ambiguous_one_is_not_cut_out() -> None:
    ids = np.zeros((600, 800), np.int32)
    ids[0:100, 100:300], ids[200:300, 100:300], ids[400:500, 100:300] = 1, 2, 3
    pixels = np.full((600, 800, 3), 99, np.uint8)
    assert len(list(cut_out_objects(pixels, Annotation(ids, frozenset({3}))))) == 1
