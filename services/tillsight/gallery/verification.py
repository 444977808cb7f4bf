"""Whether the references of a gallery version retrieve their own products."""

from __future__ import annotations

from tillsight.domain.deadline import Deadline
from tillsight.gallery.diff import GalleryContents
from tillsight.gallery.ports import SyncableGallery
from tillsight.gallery.sync import GallerySync, SyncProgress, embed_throttled
from tillsight.recognition.ports import OpenGallery
from tillsight.recognition.product_ranking import nearest_products

SAMPLE = 100
"""References that are searched for."""
RETRIEVAL_SHARE = 0.98
"""The share of them that must retrieve their own product first; an HNSW search may miss one."""
TIE = 1e-3
"""Cosines that differ by less are a tie: two products with the same photo are both first."""
PRODUCTS_RETRIEVED = 10


async def verify_retrieval(
    sync: GallerySync, opened: OpenGallery[SyncableGallery], contents: GalleryContents, share: float, deadline: Deadline
) -> tuple[int, int]:
    """Search for a sample of the references: how many were searched for, and how many found their own product first.

    Raises Unavailable, DeadlineExceeded.
    """
    tried = found = 0
    photos = sorted(photo for photo, rows in contents.items() if any(row.active for row in rows.values()))
    for photo in photos[:: max(len(photos) // SAMPLE, 1)]:
        row, metadata = next((row, metadata) for row, metadata in contents[photo].items() if metadata.active)
        crops = await sync.crops(photo, {row: metadata}, opened.embedder, SyncProgress(), deadline)
        if crops is None:
            continue
        vectors = await embed_throttled(share, opened.embedder, crops, deadline)
        (near,) = await nearest_products(opened.gallery, vectors, metadata.store, PRODUCTS_RETRIEVED, deadline)
        first = {(match.product_id, match.store) for match in near if match.score >= near[0].score - TIE}
        tried += 1
        found += (metadata.product_id, metadata.store) in first
    return tried, found
