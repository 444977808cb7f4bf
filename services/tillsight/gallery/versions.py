"""Gallery versions, and the progress of a rebuild: frozen values."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class GalleryState(enum.Enum):
    """LIVE: the alias points at it. KEPT: complete, for a rollback. BUILDING: a rebuild has not finished it."""

    LIVE = "live"
    KEPT = "kept"
    BUILDING = "building"


@dataclass(frozen=True, slots=True)
class GalleryVersion:
    """A collection `<alias>_<embedder fingerprint>_<number>` and its properties.

    `embedder` is the name of the embedder's model on Triton. `rows` is None if the collection is not loaded.
    `replaced_at` is the Unix time when another version last replaced it; 0 if none has.
    """

    name: str
    fingerprint: str
    embedder: str
    rotations: int
    state: GalleryState
    rows: int | None = None
    replaced_at: float = 0.0


class RebuildPhase(enum.Enum):
    """BUILD: photos are embedded. CATCH_UP: changes made in the meantime are copied. INDEX, VERIFY: the new version
    is indexed and tested. SWITCH: writes wait while the last changes are copied and the alias moves. DONE: the new
    version answers calls."""

    BUILD = "build"
    CATCH_UP = "catch_up"
    INDEX = "index"
    VERIFY = "verify"
    SWITCH = "switch"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class MissingPhoto:
    """A photo of the live gallery that cannot be embedded again, and why."""

    photo_id: str
    product_id: str
    store: str
    reason: str


@dataclass(frozen=True, slots=True)
class RebuildProgress:
    """How far a rebuild is. `done` of `total` photos of this phase are finished.

    `gallery` is the version being built, `replaces` the live one. `embedded` photos, `relabelled` rows (their metadata
    changed) and `removed` rows count from the start. `missing_count` photos cannot be embedded; `missing` lists them
    in DONE. In VERIFY, SWITCH and DONE, `found` of `tried` references retrieved their own product first.
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
    missing: tuple[MissingPhoto, ...] = ()
