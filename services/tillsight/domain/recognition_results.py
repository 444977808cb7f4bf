"""What the service answers about the objects of a photo. All frozen."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from tillsight.domain.geometry import Box, Instance


@dataclass(frozen=True, slots=True)
class Match:
    """A product of the gallery near a crop, with its best reference and its score, a cosine similarity (-1..1).

    From a search of rows, the score is the cosine to that row; see `product_ranking` for a product's score.
    """

    product_id: str
    name: str
    score: float
    reference_id: str
    store: str = ""
    attributes: Mapping[str, object] = field(default_factory=dict)


class Verdict(enum.Enum):
    """KNOWN: the best candidate may be taken as the product. AMBIGUOUS: other candidates are too similar. UNKNOWN: no
    product of the gallery is similar enough, or the object is a fragment or background."""

    KNOWN = "known"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, the probability (0..1) that the best candidate is right, and the candidates, best first."""

    verdict: Verdict
    probability: float
    candidates: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class RecognizedObject:
    """One object of a photo and the verdict on it."""

    instance: Instance
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class AnswerVersions:
    """The models that answered, each as `name:version:fingerprint`, and the gallery's collection name."""

    segmenter: str
    embedder: str
    gallery: str


@dataclass(frozen=True, slots=True)
class Recognition:
    """The answer to a photo: `width` and `height` are the upright photo's, `timings_ms` milliseconds by step."""

    width: int
    height: int
    objects: tuple[RecognizedObject, ...]
    timings_ms: Mapping[str, float]
    versions: AnswerVersions


@dataclass(frozen=True, slots=True)
class NearestProducts:
    """The products nearest to one object of a photo, best first, and the object's box."""

    matches: tuple[Match, ...]
    box: Box
