"""What the service answers about the objects of a photo. All frozen."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from tillsight.domain.geometry import Box, Instance


@dataclass(frozen=True, slots=True)
class Match:
    """A product of the gallery near a crop: its best reference, and its cosine similarity (-1..1); see `grouping`.

    Of a row: the cosine to that row.
    """

    product_id: str
    name: str
    score: float
    reference_id: str
    store: str = ""
    attributes: Mapping[str, object] = field(default_factory=dict)


class Verdict(enum.Enum):
    """What the service reservations of an object."""

    KNOWN = "known"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and the probability that the best candidate is right; candidates best first."""

    verdict: Verdict
    probability: float
    candidates: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class RecognizedObject:
    """One object of a photo and what it was taken for."""

    instance: Instance
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class AnswerVersions:
    """What answered: `name:version:fingerprint` of both models, and the gallery's collection name."""

    segmenter: str
    embedder: str
    gallery: str


@dataclass(frozen=True, slots=True)
class Recognition:
    """The answer to a photo. `width` and `height` are the upright photo's; `timings_ms` milliseconds a step."""

    width: int
    height: int
    objects: tuple[RecognizedObject, ...]
    timings_ms: Mapping[str, float]
    versions: AnswerVersions


@dataclass(frozen=True, slots=True)
class NearestProducts:
    """The products nearest to one object of a photo, best first, and where the object is."""

    matches: tuple[Match, ...]
    box: Box
