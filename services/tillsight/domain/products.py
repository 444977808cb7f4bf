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

    An empty `store` shares the product among all stores. `region` is where the product is in the photo; `outline` is
    the contour of the object that enrolment selected.
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
    """One vector: the embedding of a reference photo's object, deskewed and turned by `degrees` clockwise.

    `vector` is float32 [D] of unit length. Searches skip rows that are not `active`.
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
    """A reference photo in the gallery: its number of rotations, and whether any of them is active."""

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
    """The result of a removal: `rows` vectors of `products` products are gone; `missing` ids did not exist."""

    products: int
    rows: int
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GalleryDescription:
    """The contents of the live gallery: `rows` vectors of `references` photos of `products` products."""

    gallery: str
    embedder_fingerprint: str
    dimension: int
    products: int
    references: int
    rows: int


class EnrolmentOutcome(enum.Enum):
    """The result of enrolling one reference; see `Enrolment`."""

    ENROLLED = "enrolled"
    UNCHANGED = "unchanged"
    UPDATED = "updated"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class PreflightResult:
    """What enrolment would do with a reference, decided without its photo; `reason` is why it would be refused."""

    outcome: EnrolmentOutcome
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reference that was not enrolled: its position in the call, from 0, and the reason."""

    index: int
    product_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Enrolment:
    """The result of an enrolment.

    How many references were newly enrolled, existed with the same attributes (`unchanged`), existed with other
    attributes (`updated`), or were refused.
    """

    enrolled: int
    unchanged: int
    refused: tuple[Refusal, ...]
    updated: int = 0
