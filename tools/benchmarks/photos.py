"""Generated photos and rows for benchmarks and tests."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tillsight.v1.catalogue_pb2 import EnrolProductsRequest, GalleryRow
from tillsight.v1.recognition_pb2 import Box

SIDE = 240
WHOLE = Box(width=SIDE, height=SIDE)


def pack(number: int) -> bytes:
    """A box with colours that depend on the number, as PNG with a transparent background."""
    random = np.random.default_rng(number)
    photo = np.zeros((SIDE, SIDE, 4), np.uint8)
    blocks = random.integers(0, 256, (4, 4, 3), dtype=np.uint8)
    photo[50:190, 50:190, :3] = np.kron(blocks, np.ones((35, 35, 1), np.uint8))
    photo[50:190, 50:190, 3] = 255
    file = io.BytesIO()
    Image.fromarray(photo).save(file, "PNG")
    return file.getvalue()


def reference(number: int) -> EnrolProductsRequest:
    """The enrolment request for the pack of a number."""
    return EnrolProductsRequest(product_id=f"p{number}", name=f"Pack {number}", photo=pack(number), region=WHOLE)


def rows(identities: list[str], name: str, dimension: int, seed: int) -> list[GalleryRow]:
    """Rows with these primary keys and random unit vectors."""
    vectors: NDArray[np.float32] = np.random.default_rng(seed).standard_normal((len(identities), dimension), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return [
        GalleryRow(reference_id=f"{one}-000", product_id=one, name=name, active=True, vector=vector)
        for one, vector in zip(identities, vectors.tolist(), strict=True)
    ]
