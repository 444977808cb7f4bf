"""What an import costs over the embedder's own time for the same crops."""

from __future__ import annotations

import asyncio
import csv
import json
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import tritonclient.grpc.aio as triton_client
from PIL import Image

from benchmarks import servers
from benchmarks.servers import ServiceProcess
from store import products
from store.gallery.image_files import save_image
from store.gallery.reference_photos import on_background
from tillsight.adapters.triton import TritonEmbedder, TritonSegmenter
from tillsight.catalogue.reference_embedding import CONCURRENT_REQUESTS, CROPS_PER_REQUEST
from tillsight.config import Settings
from tillsight.domain.arrays import Pixels
from tillsight.domain.deadline import Deadline
from tillsight.domain.identifiers import rotation_angles
from tillsight.imaging.crops import crop_polygon
from tillsight.imaging.decoding import PhotoLimits, decode_photo
from tillsight.imaging.letterbox import letterbox
from tillsight.recognition.object_selection import polygon_from_alpha, select_object

T = TypeVar("T")

SIZE = 320
SEED = 7
FORMS = {"with transparency": ".png", "on a plain ground": ".jpg"}
DEADLINE_S = 280.0


def measure(
    folder: Path,
    kind: str,
    triton: str,
    form: str,
    count: int,
    rounds: int,
    most_seconds: float,
    step: Callable[[], None],
) -> dict[str, Any]:
    """`rounds` times: the crops of so many photos straight to Triton, then `tillsight catalogue import` of the photos.

    No round is begun after `most_seconds`. The crops are made beforehand, and sent in requests of the size and number
    that enrolment uses. Photos on a plain ground, and those filled by the product, need the segmenter too; its own time
    for them is told apart.
    """
    networks = segmenting = importing = 0.0
    overheads: list[float] = []
    milvus = servers.milvus(kind, folder)
    with milvus, ServiceProcess(triton, milvus.uri, folder / "service") as service:
        asyncio.run(straight(triton, [draw(folder, 9_000 + count, form)]))  # the first request of a server is slow
        limit = time.monotonic() + most_seconds
        for number in range(rounds):
            if number and time.monotonic() > limit:
                rounds = number
                break
            paths = [draw(folder, number * count + label, form) for label in range(count)]
            segmented, embedded = asyncio.run(straight(triton, paths))
            segmenting += segmented
            networks += embedded
            step()
            seconds = imported(folder, service, paths)
            importing += seconds
            overheads.append(round(seconds / embedded - 1, 3))
            step()
    figures = {
        "photos": rounds * count,
        "photos_per_second": rounds * count / importing,
        "import_s": importing,
        "embedder_s": networks,
        "overhead_over_embedder": importing / networks - 1,
        "of_each_round": overheads,
    }
    if segmenting:
        figures |= {"segmenter_s": segmenting, "overhead_over_both_networks": importing / (networks + segmenting) - 1}
    return figures


def draw(folder: Path, label: int, form: str) -> Path:
    """A product of the synthetic store as a reference photo; its file."""
    path = folder / f"{label}{FORMS[form]}"
    rgba = products.render(products.describe(label, SEED), SIZE)
    if path.suffix == ".png":
        Image.fromarray(rgba).save(path)
    else:
        save_image(path, on_background(rgba))
    return path


def imported(folder: Path, service: ServiceProcess, paths: list[Path]) -> float:
    """Seconds that the command needs for photos, from reading the first to the last acknowledgement."""
    manifest = folder / "MANIFEST.csv"
    with manifest.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(
            [("product_id", "name", "image"), *((f"p{path.stem}", f"Product {path.stem}", path.name) for path in paths)]
        )
    command = [sys.executable, "-m", "tillsight.cli.main", "catalogue", "import", str(manifest), "--json"]
    command += ["--server", service.address]
    done = subprocess.run(command, env=service.environment, capture_output=True, timeout=DEADLINE_S, check=True)
    summary = json.loads(done.stdout)
    assert summary["enrolled"] == len(paths), summary
    return float(summary["seconds"])


async def straight(address: str, paths: list[Path]) -> tuple[float, float]:
    """Seconds that the networks alone need for photos: the segmenter (0 where none needs it) and the embedder."""
    settings, deadline = Settings(), Deadline.after(DEADLINE_S)
    client = triton_client.InferenceServerClient(address)
    try:
        segmenter = TritonSegmenter(client, settings.segmenter_model)
        embedder = TritonEmbedder(client, settings.embedder_model)
        await asyncio.gather(segmenter.connect(deadline), embedder.connect(deadline))
        crops: list[Pixels] = []
        boards: list[Pixels] = []
        for path in paths:
            photo = decode_photo(path.read_bytes(), PhotoLimits())
            if polygon_from_alpha(photo) is None:
                boards.append(letterbox(photo.pixels, *segmenter.input_size)[0])
            polygon = await select_object(photo, None, segmenter, deadline)
            turns = rotation_angles(settings.rotations)
            crops += [crop_polygon(photo.pixels, polygon, embedder.crop_size, turn) for turn in turns]
        stacked = np.stack(crops)
        parts = [stacked[start : start + CROPS_PER_REQUEST] for start in range(0, len(stacked), CROPS_PER_REQUEST)]
        segmented = await timed(segmenter.segment(board, deadline) for board in boards)
        return segmented, await timed(embedder.embed(part, deadline) for part in parts)
    finally:
        await client.close()


async def timed(calls: Iterator[Coroutine[None, None, T]]) -> float:
    """Seconds until all calls are answered, CONCURRENT_REQUESTS under way."""
    begun = time.perf_counter()

    async def worker() -> None:
        for call in calls:
            await call

    await asyncio.gather(*(worker() for _ in range(CONCURRENT_REQUESTS)))
    return time.perf_counter() - begun
