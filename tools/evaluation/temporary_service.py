"""The whole service for one evaluation, with a gallery that is deleted afterwards."""

from __future__ import annotations

import contextlib
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pymilvus import MilvusClient
from rich.progress import Progress

from tillsight.client.client import Client
from tillsight.config import Settings
from tillsight.local.stack import LocalStack
from tillsight.service import in_background

MAX_PHOTO_BYTES = 64 * 1024 * 1024


@contextlib.contextmanager
def temporary_service(milvus: str | None, model_repository: Path, progress: Progress) -> Iterator[Client]:
    """The service in this process, on a local Triton, and on Milvus Lite or the Milvus at a URI."""
    task = progress.add_task("starting Triton and Milvus", total=None)
    with tempfile.TemporaryDirectory(prefix="tillsight-evaluation-") as folder:
        settings = Settings(
            port=0,
            data_dir=Path(folder),
            gallery=f"evaluation{secrets.token_hex(4)}",
            model_repository=model_repository,
            max_photo_bytes=MAX_PHOTO_BYTES,
        )
        with LocalStack(model_repository, Path(folder), milvus=milvus) as stack:
            progress.remove_task(task)
            local = settings.model_copy(update={"triton": stack.triton, "milvus": stack.milvus})
            with in_background(local) as address, Client(address) as client:
                try:
                    yield client
                finally:
                    if milvus is not None:
                        _drop(milvus, settings.gallery, client.describe().gallery)


def _drop(milvus: str, alias: str, collection: str) -> None:
    with contextlib.closing(MilvusClient(milvus, timeout=30)) as direct:
        direct.drop_alias(alias, timeout=30)
        direct.drop_collection(collection, timeout=30)
