"""Rows of the gallery near a crop, as products. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tillsight.domain import Match, ProductKey
from tillsight.reference import photo_of

FIRST_ROWS, MOST_ROWS = 128, 1024
"""Rows asked for by a search: one product has several near rows (rotations, photos), so more rows than products;
where too few products come back the search is repeated with more."""
TEMPERATURE = 0.1
"""How fast a photo's weight falls with its similarity: one 0.1 behind the best counts e times less. Chosen on shop
photos; docs/recognition.md."""


def photos(rows: Sequence[Match]) -> list[Match]:
    """Of rows, best first, the best one of each photo: its rotation nearest to the crop."""
    best: dict[str, Match] = {}
    for row in rows:
        best.setdefault(photo_of(row.reference_id), row)
    return list(best.values())


def company(near: Sequence[Match]) -> list[Match]:
    """Of photos, those whose product has several among them."""
    counts = Counter(_key(photo) for photo in near)
    return [photo for photo in near if counts[_key(photo)] > 1]


def by_product(near: Sequence[Match], vectors: Mapping[str, NDArray[np.float32]]) -> list[Match]:
    """Photos near a crop, best first, as products, best first, each with its best reference.

    A product's score is the crop's cosine to the mean of its photos, each weighted by exp(cosine / TEMPERATURE): the
    soft nearest prototype, between the nearest photo (Vinyals et al. 2016, without the labels' sum) and the class mean
    (Snell et al. 2017). Photos that agree average out what is accidental in each; the product's other side, far
    from the crop, weighs next to nothing. With one photo it is that photo's cosine. `vectors` are the unit vectors,
    float32 [D], of `company(near)` by reference id; a photo without one counts by its cosine alone, if it is the best.
    """
    products: dict[ProductKey, list[Match]] = {}
    for photo in near:
        products.setdefault(_key(photo), []).append(photo)
    matches = [replace(own[0], score=_agreement(own, vectors)) for own in products.values()]
    return sorted(matches, key=lambda match: -match.score)


def _agreement(own: Sequence[Match], vectors: Mapping[str, NDArray[np.float32]]) -> float:
    known = [photo for photo in own if photo.reference_id in vectors]
    if len(known) < 2:
        return own[0].score
    cosines = np.array([photo.score for photo in known])
    weights = np.exp((cosines - cosines[0]) / TEMPERATURE)
    mean = weights @ np.stack([vectors[photo.reference_id] for photo in known])
    return float(weights @ cosines / np.linalg.norm(mean))


def _key(match: Match) -> ProductKey:
    return match.product_id, match.store
