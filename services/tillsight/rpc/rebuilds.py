"""Rebuilds and gallery versions as messages."""

from __future__ import annotations

from tillsight.v1 import catalogue_pb2
from tillsight.versions import GalleryState, GalleryVersion, RebuildPhase, RebuildProgress

MOST_MISSING = 100

PHASES = {phase: f"REBUILD_PHASE_{phase.name}" for phase in RebuildPhase}
STATES = {state: f"GALLERY_STATE_{state.name}" for state in GalleryState}
"""The names of the values of enums in the proto."""


def progress_to(progress: RebuildProgress) -> catalogue_pb2.RebuildResponse:
    """How far a rebuild is."""
    return catalogue_pb2.RebuildResponse(
        phase=PHASES[progress.phase],
        gallery=progress.gallery,
        replaces=progress.replaces,
        done=progress.done,
        total=progress.total,
        embedded=progress.embedded,
        relabelled=progress.relabelled,
        removed=progress.removed,
        tried=progress.tried,
        found=progress.found,
        missing_count=progress.missing_count,
        missing=[
            catalogue_pb2.MissingPhoto(
                photo_id=one.photo_id, product_id=one.product_id, store=one.store, reason=one.reason
            )
            for one in progress.missing[:MOST_MISSING]
        ],
    )


def version_to(version: GalleryVersion) -> catalogue_pb2.GalleryVersion:
    """A gallery version."""
    return catalogue_pb2.GalleryVersion(
        gallery=version.name,
        state=STATES[version.state],
        embedder_fingerprint=version.fingerprint,
        embedder=version.embedder,
        rotations=version.rotations,
        rows=version.rows,
    )
