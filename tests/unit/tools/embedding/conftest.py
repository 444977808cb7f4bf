"""A small VGG network and crops for it, for all tests of the embedder."""

from __future__ import annotations

import pytest

from embedding.vgg16 import Convolutions
from support.small_vgg import random_convolutions, random_crops
from tillsight.domain.arrays import Pixels


@pytest.fixture(scope="module")
def convolutions() -> Convolutions:
    return random_convolutions()


@pytest.fixture(scope="module")
def crops() -> Pixels:
    return random_crops()
