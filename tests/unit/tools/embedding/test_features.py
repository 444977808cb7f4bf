"""Feature vectors of crops."""

from __future__ import annotations

import numpy as np
import pytest

from embedding.features import extract_features
from embedding.graph import build_graph
from support.small_vgg import POOLINGS, SIZE, random_convolutions
from tillsight.domain.errors import InvalidInput


def test_every_crop_has_a_vector_and_its_object_in_the_same_order() -> None:
    model = build_graph(random_convolutions(), SIZE, POOLINGS)
    crops = np.random.default_rng(0).integers(0, 256, (11, SIZE, SIZE, 3), np.uint8)

    features, objects = extract_features(model, list(zip(range(11), crops, strict=True)))
    alone, _ = extract_features(model, [(10, crops[10])])

    assert objects.tolist() == list(range(11))
    np.testing.assert_allclose(features[10], alone[0], atol=1e-4)


def test_no_crops_are_refused() -> None:
    with pytest.raises(InvalidInput, match="give photos or a number of products"):
        extract_features(build_graph(random_convolutions(), SIZE, POOLINGS), [])
