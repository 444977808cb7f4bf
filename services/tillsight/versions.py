"""Gallery versions and what becomes of them in a rebuild: frozen values."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class GalleryState(enum.Enum):
    """LIVE: the alias points at it. KEPT: complete, for going back to. BUILDING: a rebuild has not finished it."""

    LIVE = "live"
    KEPT = "kept"
    BUILDING = "building"


@dataclass(frozen=True, slots=True)
class GalleryVersion:
    """A collection `<alias>_<embedder fingerprint>_<number>`, and what made it.

    `embedder` is the name of the embedder's model on Triton, `rows` None where the collection is not loaded,
    `replaced_at` when it was last replaced by another, Unix time.
    """

    name: str
    fingerprint: str
    embedder: str
    rotations: int
    state: GalleryState
    rows: int | None = None
    replaced_at: float = 0.0


class RebuildPhase(enum.Enum):
    """BUILD: photos are embedded. CATCH_UP: what was changed meanwhile is brought over. INDEX, VERIFY: the new
    version is made ready and tried. SWITCH: writes wait, the last changes are brought over, the alias is moved.
    DONE: calls are answered by it."""

    BUILD = "build"
    CATCH_UP = "catch_up"
    INDEX = "index"
    VERIFY = "verify"
    SWITCH = "switch"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Missing:
    """A photo of the live gallery that cannot be embedded again, and why."""

    photo_id: str
    product_id: str
    store: str
    reason: str


@dataclass(frozen=True, slots=True)
class RebuildProgress:
    """How far a rebuild is. `done` of `total` photos are dealt with in this phase.

    `gallery` is the version being built, `replaces` the live one. `embedded` photos, `relabelled` rows (something
    but the vector was changed) and `removed` rows count from the start; `missing_count` photos cannot be embedded, of
    which `missing` tells in DONE.
    In VERIFY, SWITCH and DONE `found` of `tried` references found their own product first.
    """

    phase: RebuildPhase
    gallery: str
    replaces: str
    done: int = 0
    total: int = 0
    embedded: int = 0
    relabelled: int = 0
    removed: int = 0
    tried: int = 0
    found: int = 0
    missing_count: int = 0
    missing: tuple[Missing, ...] = ()
