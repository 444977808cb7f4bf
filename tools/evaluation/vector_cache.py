"""The vectors of evaluation galleries in Parquet files like those of `tillsight catalogue export`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from pathlib import Path

from evaluation.local_models import LocalEmbedder
from evaluation.memory_gallery import MemoryGallery
from evaluation.query_objects import ALL_STORES
from tillsight.client import parquet
from tillsight.client.parquet import GalleryFile
from tillsight.domain.errors import InvalidGalleryFile
from tillsight.domain.products import GalleryRow
from tillsight.rpc.gallery_converters import rows_from, rows_to
from tillsight.v1.catalogue_pb2 import GalleryHeader

PAGE_SIZE = 500


def load_or_build(
    path: Path | None, products: Collection[str], embedder: LocalEmbedder, build: Callable[[], MemoryGallery]
) -> MemoryGallery:
    """The gallery in the file at `path`. Without a file, build the gallery, and write it there unless `path` is None.

    Rows of single stores become shared rows, because evaluations enrol all products for all stores. Raises
    InvalidGalleryFile if the file has vectors of another embedder or other products, and OSError.
    """
    if path is None:
        return build()
    if path.exists():
        pages = read_vectors(path, products, embedder.fingerprint)
        return MemoryGallery(replace(row, store=ALL_STORES) for page in pages for row in rows_from(page))
    gallery = build()
    rows = list(gallery.rows.values())
    header = GalleryHeader(
        gallery="evaluation",
        embedder_fingerprint=embedder.fingerprint,
        dimension=embedder.dimension,
        rows=len(rows),
    )
    parquet.write_gallery_file(path, header, (rows_to(page) for page in _pages(rows)))
    return gallery


def read_vectors(path: Path, products: Collection[str], fingerprint: str) -> Iterator[list[parquet.GalleryRow]]:
    """The rows of a gallery file, a page at a time. Raises InvalidGalleryFile as `load_or_build` does, and OSError."""
    file = GalleryFile.open(path)
    if file.header.embedder_fingerprint != fingerprint:
        raise InvalidGalleryFile(
            f"{path} has vectors of embedder {file.header.embedder_fingerprint}, but this embedder is {fingerprint}: "
            "give the name of a new file"
        )
    found: set[str] = set()
    for page in file.pages():
        found.update(row.product_id for row in page)
        yield page
    if found != set(products):
        raise InvalidGalleryFile(f"{path} has other products than the gallery: give the name of a new file")


def _pages(rows: list[GalleryRow]) -> Iterator[list[GalleryRow]]:
    for start in range(0, len(rows), PAGE_SIZE):
        yield rows[start : start + PAGE_SIZE]
