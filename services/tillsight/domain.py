"""The values Tillsight speaks of. All frozen; this module imports nothing of ours.

Lengths are pixels of the upright source photo (EXIF orientation applied), origin at its top left corner,
so that the pixel in row r and column c covers [c, c+1) x [r, r+1).
"""

from __future__ import annotations

import enum
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Polygon = tuple[tuple[float, float], ...]

ProductKey = tuple[str, str]
"""What a product is known by: its id and its store; a store may use an id that another uses too."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the monotonic clock by which an answer must be there."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """The deadline `seconds` from now."""
        return cls(time.monotonic() + seconds)

    def remaining(self) -> float:
        """Seconds left; negative once it has passed."""
        return self.at - time.monotonic()


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-aligned rectangle: left edge, top edge, width, height, in pixels of the source photo."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Placement:
    """How a photo lies in the segmenter's input: turned a quarter if it is portrait, scaled, centred on a ground.

    `width` and `height` are the upright photo's. A point (x, y) of the photo becomes (y, width - x) if
    `turned` (a quarter turn counter-clockwise), then is multiplied by `scale` and shifted by `left`, `top`.
    """

    width: int
    height: int
    scale: float
    left: float
    top: float
    turned: bool

    def to_photo(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Points [N, 2] (x, y) of the segmenter's input as points of the photo, clipped to it."""
        unscaled = (np.asarray(points, np.float32) - np.array([self.left, self.top], np.float32)) / np.float32(
            self.scale
        )
        if self.turned:
            unscaled = np.stack([self.width - unscaled[:, 1], unscaled[:, 0]], axis=1)
        clipped = np.clip(unscaled, 0, np.array([self.width, self.height], np.float32))
        return np.asarray(clipped, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Instance:
    """One object found in a photo.

    `polygon` is the contour of its mask, with slits of no width to its holes; `box` the polygon's bounding box;
    `score` in 0..1 how sure the segmenter is of it.
    """

    box: Box
    polygon: Polygon
    score: float


@dataclass(frozen=True, slots=True)
class Reference:
    """A photo of a product, to be enrolled.

    An empty `store` shares the product among all stores. `region` says where in the photo the product is, `outline`
    what was found there when it was enrolled.
    """

    product_id: str
    name: str
    photo: bytes
    store: str = ""
    attributes: Mapping[str, object] = field(default_factory=dict)
    region: Box | None = None
    outline: Polygon | None = None


@dataclass(frozen=True, slots=True)
class GalleryRow:
    """One vector of the gallery: a reference photo's object laid straight, turned clockwise by `degrees`, embedded.

    `vector` is float32 [D] of unit length. One that is not `active` is found by no search.
    """

    reference_id: str
    product_id: str
    name: str
    store: str
    degrees: int
    attributes: Mapping[str, object]
    vector: NDArray[np.float32]
    active: bool = True


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
    """What the service claims of an object."""

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
class Versions:
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
    versions: Versions


@dataclass(frozen=True, slots=True)
class Product:
    """A product as the gallery lists it; `references` counts its photos."""

    product_id: str
    name: str
    store: str
    active: bool
    references: int
    attributes: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProductReference:
    """A reference photo as the gallery holds it: in how many rotations, and whether any of them is active."""

    photo_id: str
    rotations: int
    active: bool
    attributes: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProductDetails:
    """A product and its references, by photo id."""

    product: Product
    references: tuple[ProductReference, ...]


@dataclass(frozen=True, slots=True)
class Nearest:
    """The products nearest to one object of a photo, best first, and where the object is."""

    matches: tuple[Match, ...]
    box: Box


@dataclass(frozen=True, slots=True)
class Removal:
    """What was removed: `rows` vectors of `products` products; `missing` ids were not there."""

    products: int
    rows: int
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GalleryDescription:
    """What the live gallery holds: `rows` vectors of `references` photos of `products` products."""

    gallery: str
    embedder_fingerprint: str
    dimension: int
    products: int
    references: int
    rows: int


class Outcome(enum.Enum):
    """What becomes of a reference that is sent to be enrolled; see `Enrolment`."""

    ENROLLED = "enrolled"
    UNCHANGED = "unchanged"
    UPDATED = "updated"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would become of a reference, as far as can be told without its photo; `reason` says why it is refused."""

    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reference that was not enrolled: its position in what was sent, from 0, and why."""

    index: int
    product_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What became of the references sent.

    Newly `enrolled`; there already, with the same attributes (`unchanged`) or other ones (`updated`); or `refused`.
    """

    enrolled: int
    unchanged: int
    refused: tuple[Refusal, ...]
    updated: int = 0
