"""From gallery rows near a crop to ranked products: the whole policy, for the service and the evaluation alike.

A product has several rows: one for each reference photo and rotation. The policy decides how many rows to request,
when to request more, which vectors to fetch, and how rows become products.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tillsight.domain.arrays import Vectors
from tillsight.domain.deadline import Deadline
from tillsight.domain.identifiers import ProductKey, photo_id_of_row
from tillsight.domain.recognition_results import Match
from tillsight.recognition.ports import SearchableGallery

INITIAL_ROWS, MAX_ROWS = 128, 1024
"""Rows requested by the first search of a vector, and the most that later ones request."""
ROW_GROWTH = 4
"""Each further search requests so many times more rows."""
TEMPERATURE = 0.1
"""How fast a photo's weight falls with its similarity: a photo 0.1 behind the best counts e times less. Chosen on
shop photos; docs/explanation/recognition.md."""


async def nearest_products(
    gallery: SearchableGallery, vectors: Vectors, store: str, count: int, deadline: Deadline
) -> list[list[Match]]:
    """For each of N unit vectors the `count` nearest active products that a store may see, best first.

    Raises Unavailable, DeadlineExceeded.
    """
    photos: list[list[Match]] = [[] for _ in vectors]
    pending = list(range(len(vectors)))
    limit = INITIAL_ROWS
    while pending:
        hits = await gallery.search_rows(vectors[pending], store, limit, deadline)
        for position, rows in zip(pending, hits, strict=True):
            photos[position] = best_row_per_photo(rows)
        # One product can fill the answer with its rotations. Only vectors that came back full, yet with too few
        # products, are searched again.
        pending = [
            position
            for position, rows in zip(pending, hits, strict=True)
            if len(rows) >= limit and len({_key(photo) for photo in photos[position]}) < count
        ]
        if limit >= MAX_ROWS:
            break
        limit = min(ROW_GROWTH * limit, MAX_ROWS)
    # A single photo's score is its cosine already, so only products with several photos need vectors.
    several = {photo.reference_id for near in photos for photo in co_retrieved(near)}
    known = await gallery.vectors(list(several), deadline) if several else {}
    return [rank_products(near, known)[:count] for near in photos]


def best_row_per_photo(rows: Sequence[Match]) -> list[Match]:
    """Of rows, best first, the best row of each photo: its rotation nearest to the crop."""
    best: dict[str, Match] = {}
    for row in rows:
        best.setdefault(photo_id_of_row(row.reference_id), row)
    return list(best.values())


def co_retrieved(photos: Sequence[Match]) -> list[Match]:
    """Of photos, those whose product has several among them."""
    counts = Counter(_key(photo) for photo in photos)
    return [photo for photo in photos if counts[_key(photo)] > 1]


def rank_products(photos: Sequence[Match], vectors: Mapping[str, NDArray[np.float32]]) -> list[Match]:
    """Photos near a crop, best first, as products, best first, each with its best reference.

    A product's score is the crop's cosine to the mean of its photos, each weighted by exp(cosine / TEMPERATURE): a
    soft nearest prototype, between the nearest photo (Vinyals et al. 2016, without the sum over labels) and the class
    mean (Snell et al. 2017). The mean averages out what is accidental in each photo; a photo of the product's other
    side is far from the crop and weighs almost nothing. With one photo the score is that photo's cosine.

    `vectors` are the unit vectors, float32 [D], of `co_retrieved(photos)` by reference id. A photo without a vector
    counts by its cosine alone, and only if it is the best.
    """
    products: dict[ProductKey, list[Match]] = {}
    for photo in photos:
        products.setdefault(_key(photo), []).append(photo)
    matches = [replace(own[0], score=_product_score(own, vectors)) for own in products.values()]
    return sorted(matches, key=lambda match: -match.score)


def _product_score(photos: Sequence[Match], vectors: Mapping[str, NDArray[np.float32]]) -> float:
    known = [photo for photo in photos if photo.reference_id in vectors]
    if len(known) < 2:
        return photos[0].score
    cosines = np.array([photo.score for photo in known])
    weights = np.exp((cosines - cosines[0]) / TEMPERATURE)
    # The cosine to the weighted mean needs no query vector: the dot product is linear, so the mean's dot product is
    # the weighted sum of the cosines, and only its length has to be computed from the vectors.
    mean = weights @ np.stack([vectors[photo.reference_id] for photo in known])
    return float(weights @ cosines / np.linalg.norm(mean))


def _key(match: Match) -> ProductKey:
    return match.product_id, match.store
