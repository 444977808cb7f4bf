"""Rebuild and swap under a steady load: calls that fail or mix two embedders, and how long calls take meanwhile."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks import servers
from benchmarks.import_cost import draw
from benchmarks.photos import pack, rows
from benchmarks.rebuild_figures import compute_figures
from benchmarks.rebuild_load import Load, is_right
from benchmarks.servers import ServiceProcess
from embedding.negated_embedder import write_negated_embedder
from runtime.model_folder import MODEL_REPOSITORY
from tillsight.adapters.photo_store import FolderPhotoStore
from tillsight.client.client import Client
from tillsight.domain.identifiers import compute_photo_id
from tillsight.domain.products import Reference
from tillsight.v1.catalogue_pb2 import EnrolProductsRequest, GalleryHeader, LoadGalleryRequest, RebuildRequest

RECOGNISED, DRAWN = 32, 48
"""Products of the synthetic store that the load recognises, of those that are drawn. A few are not found in their own
photos. Only the drawn ones are really embedded in the first gallery."""
PACK_OUTLINE = ((50.0, 50.0), (190.0, 50.0), (190.0, 190.0), (50.0, 190.0))
"""Where `photos.pack` has its object."""
QUIET_S = 30.0
"""How long the load runs before and after the rebuild."""
ROWS_PER_REQUEST = 1000
NEGATED = "negated"
"""The name of the second embedder."""


def two_embedders(folder: Path) -> Path:
    """A model repository in `folder` with the project's models and a negated `vgg`."""
    models = folder / "models"
    models.mkdir()
    for model in MODEL_REPOSITORY.iterdir():
        (models / model.name).symlink_to(model)
    write_negated_embedder(MODEL_REPOSITORY / "vgg", models / NEGATED)
    return models


def measure(
    folder: Path, kind: str, triton: str, labels: int, calls_per_s: float, share: float, step: Callable[[], None]
) -> dict[str, Any]:
    """Rebuild a gallery of so many products, one row each, for another embedder while photos are recognised."""
    milvus = servers.milvus(kind, folder)
    with milvus:
        service = ServiceProcess(triton, milvus.uri, folder / "service")
        service.environment |= {"TILLSIGHT_ROTATIONS": "1", "TILLSIGHT_REBUILD_SHARE": str(share)}
        with service, Client(service.address) as client:
            drawn = [draw(folder, number, "on a plain background").read_bytes() for number in range(DRAWN)]
            _fill_gallery(client, drawn, folder / "service" / "references", labels)
            found = [(n, photo) for n, photo in enumerate(drawn) if is_right(client.recognize(photo), n)][:RECOGNISED]
            load = Load(service.address, calls_per_s)
            running = threading.Thread(target=load.run, args=(found,))
            running.start()
            try:
                time.sleep(QUIET_S)
                entered: dict[int, float] = {}
                done = 0
                for last in client.rebuild(RebuildRequest(embedder=NEGATED)):
                    entered.setdefault(last.phase, time.perf_counter())
                    for _ in range(last.embedded - done):
                        step()
                    done = max(last.embedded, done)
                time.sleep(QUIET_S)
            finally:
                load.stop()
                running.join()
            missing = {f"p{number}" for number in range(labels)} | load.written
            missing -= {product.product_id for product in client.products()}
    return compute_figures(load, entered) | {
        "labels": labels,
        "references_that_found_themselves": f"{last.found} of {last.tried}",
        "products_lost": len(missing),
    }


def _fill_gallery(client: Client, drawn: Sequence[bytes], references: Path, labels: int) -> None:
    """Fill the gallery with so many products and keep their photos. All but the drawn ones get random vectors."""
    client.enrol(
        [EnrolProductsRequest(product_id=f"p{n}", name=f"Pack {n}", photo=photo) for n, photo in enumerate(drawn)]
    )
    described = client.describe()
    kept = FolderPhotoStore(references)

    async def keep(numbers: Iterable[int]) -> list[str]:
        photos = [Reference(f"p{one}", f"Pack {one}", pack(one), outline=PACK_OUTLINE) for one in numbers]
        await asyncio.gather(*(kept.keep(compute_photo_id(photo), photo) for photo in photos))
        return [compute_photo_id(photo) for photo in photos]

    def requests() -> Iterable[LoadGalleryRequest]:
        header = GalleryHeader(embedder_fingerprint=described.embedder_fingerprint, dimension=described.dimension)
        yield LoadGalleryRequest(header=header)
        for start in range(DRAWN, labels, ROWS_PER_REQUEST):
            numbers = range(start, min(start + ROWS_PER_REQUEST, labels))
            made = rows(asyncio.run(keep(numbers)), "", described.dimension, seed=start)
            for number, row in zip(numbers, made, strict=True):
                row.product_id, row.name = f"p{number}", f"Pack {number}"
            yield LoadGalleryRequest(rows=made)

    client.load(requests())
