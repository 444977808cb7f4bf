"""Drawn packs and their references, for tests on real servers."""

from __future__ import annotations

from typing import Any

import numpy as np

from support.pictures import encode
from tillsight.domain.arrays import Pixels
from tillsight.v1.catalogue_pb2 import EnrolProductsRequest
from tillsight.v1.recognition_pb2 import Box

WHOLE = Box(width=240, height=240)


def pack(seed: int) -> Pixels:
    """A colourful box on a white counter, different for each seed."""
    random = np.random.default_rng(seed)
    photo = np.full((240, 240, 3), 245, np.uint8)
    blocks = random.integers(0, 256, (4, 4, 3), dtype=np.uint8)
    photo[50:190, 50:190] = np.kron(blocks, np.ones((35, 35, 1), np.uint8))
    return photo


def reference(seed: int, product_id: str, store: str = "", **fields: Any) -> EnrolProductsRequest:
    photo = encode(pack(seed))
    return EnrolProductsRequest(
        product_id=product_id, name=f"Pack {seed}", photo=photo, store=store, region=WHOLE, **fields
    )
