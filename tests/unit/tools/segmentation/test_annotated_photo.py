"""Photos with annotations: decoding, and errors that name the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from segmentation.annotated_photo import AnnotatedPhoto, Annotation, InvalidTrainingData, decode_training_photo
from support.pictures import encode


def test_an_annotation_is_read_for_the_upright_photos_shape(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(encode(np.zeros((30, 40, 3), np.uint8)))

    pixels, annotation = AnnotatedPhoto(path, lambda shape: Annotation(np.ones(shape, np.int32))).load()

    assert pixels.shape == (30, 40, 3)
    assert annotation.ids.shape == (30, 40)


@pytest.mark.parametrize("content", [None, b"no photo"])
def test_a_photo_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "bad.png"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(InvalidTrainingData, match=r"bad\.png"):
        decode_training_photo(path)
