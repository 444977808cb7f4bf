"""Galleries' vectors in Parquet files of `tillsight catalogue export`'s form, so that nothing is embedded twice."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from evaluation.inprocess import LocalEmbedder, MemoryGallery
from tillsight.client import parquet
from tillsight.client.parquet import GalleryFile
from tillsight.domain.errors import InvalidGalleryFile
from tillsight.domain.products import GalleryRow
from tillsight.rpc.gallery_converters import rows_from, rows_to
from tillsight.v1.catalogue_pb2 import GalleryHeader

PAGE = 500


def cached(
    path: Path | None, products: Collection[str], embedder: LocalEmbedder, make: Callable[[], MemoryGallery]
) -> MemoryGallery:
    """The gallery in the file at `path`; where there is none, the one `make` gives, written there. None: no file.

    Raises InvalidGalleryFile where the file is another embedder's or holds other products; OSError.
    """
    if path is None:
        return make()
    if path.exists():
        return MemoryGallery(rows_from(row for page in opened(path, products, embedder.fingerprint) for row in page))
    gallery = make()
    rows = list(gallery.rows.values())
    header = GalleryHeader(
        gallery="evaluation",
        embedder_fingerprint=embedder.fingerprint,
        dimension=embedder.dimension,
        rows=len(rows),
    )
    parquet.write_gallery_file(path, header, (rows_to(page) for page in _pages(rows)))
    return gallery


def opened(path: Path, products: Collection[str], fingerprint: str) -> Iterator[list[parquet.GalleryRow]]:
    """The rows of a gallery's file, a page at a time. Raises InvalidGalleryFile as `cached` does; OSError."""
    file = GalleryFile.open(path)
    if file.header.embedder_fingerprint != fingerprint:
        raise InvalidGalleryFile(
            f"{path} holds vectors of embedder {file.header.embedder_fingerprint}, this is {fingerprint}: "
            "name another file, to be written"
        )
    held: set[str] = set()
    for page in file.pages():
        held.update(row.product_id for row in page)
        yield page
    if held != set(products):
        raise InvalidGalleryFile(f"{path} holds other products than the gallery: name another file, to be written")


def _pages(rows: list[GalleryRow]) -> Iterator[list[GalleryRow]]:
    for start in range(0, len(rows), PAGE):
        yield rows[start : start + PAGE]
