"""Products, their reference photos and gallery rows, and the results of catalogue edits. All frozen."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tillsight.domain.geometry import Box, Polygon


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


class EnrolmentOutcome(enum.Enum):
    """What becomes of a reference that is sent to be enrolled; see `Enrolment`."""

    ENROLLED = "enrolled"
    UNCHANGED = "unchanged"
    UPDATED = "updated"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class PreflightResult:
    """What would become of a reference, as far as can be told without its photo; `reason` says why it is refused."""

    outcome: EnrolmentOutcome
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
