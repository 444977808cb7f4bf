"""How much longer an import takes than the embedder alone needs for the same crops."""

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
PHOTO_KINDS = {"with transparency": ".png", "on a plain background": ".jpg"}
DEADLINE_S = 280.0


def measure(
    folder: Path,
    kind: str,
    triton: str,
    photo_kind: str,
    count: int,
    rounds: int,
    most_seconds: float,
    step: Callable[[], None],
) -> dict[str, Any]:
    """`rounds` rounds: send the crops of so many photos directly to Triton, then import the photos.

    No round starts after `most_seconds`. The crops are made beforehand and sent in requests of the size and number
    that enrolment uses. Photos without transparency need the segmenter too; its time has a figure of its own.
    """
    networks = segmenting = importing = 0.0
    overheads: list[float] = []
    milvus = servers.milvus(kind, folder)
    with milvus, ServiceProcess(triton, milvus.uri, folder / "service") as service:
        asyncio.run(
            networks_alone(triton, [draw(folder, 9_000 + count, photo_kind)])
        )  # a server's first request is slow
        limit = time.monotonic() + most_seconds
        for number in range(rounds):
            if number and time.monotonic() > limit:
                rounds = number
                break
            paths = [draw(folder, number * count + label, photo_kind) for label in range(count)]
            segmented, embedded = asyncio.run(networks_alone(triton, paths))
            segmenting += segmented
            networks += embedded
            step()
            seconds = import_photos(folder, service, paths)
            importing += seconds
            overheads.append(round(seconds / embedded - 1, 3))
            step()
    figures = {
        "photos": rounds * count,
        "photos_per_second": rounds * count / importing,
        "import_s": importing,
        "embedder_s": networks,
        "overhead_over_embedder": importing / networks - 1,
        "overhead_by_round": overheads,
    }
    if segmenting:
        figures |= {"segmenter_s": segmenting, "overhead_over_both_networks": importing / (networks + segmenting) - 1}
    return figures


def draw(folder: Path, label: int, photo_kind: str) -> Path:
    """Draw a product of the synthetic store as a reference photo; returns its file."""
    path = folder / f"{label}{PHOTO_KINDS[photo_kind]}"
    rgba = products.render(products.describe(label, SEED), SIZE)
    if path.suffix == ".png":
        Image.fromarray(rgba).save(path)
    else:
        save_image(path, on_background(rgba))
    return path


def import_photos(folder: Path, service: ServiceProcess, paths: list[Path]) -> float:
    """The seconds from reading the first photo to the last acknowledgement."""
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


async def networks_alone(address: str, paths: list[Path]) -> tuple[float, float]:
    """The seconds that the segmenter (0 if no photo needs it) and the embedder alone need for photos."""
    settings, deadline = Settings(), Deadline.after(DEADLINE_S)
    client = triton_client.InferenceServerClient(address)
    try:
        segmenter = TritonSegmenter(client, settings.segmenter_model)
        embedder = TritonEmbedder(client, settings.embedder_model)
        await asyncio.gather(segmenter.connect(deadline), embedder.connect(deadline))
        crops: list[Pixels] = []
        canvases: list[Pixels] = []
        for path in paths:
            photo = decode_photo(path.read_bytes(), PhotoLimits())
            if polygon_from_alpha(photo) is None:
                canvases.append(letterbox(photo.pixels, *segmenter.input_size)[0])
            polygon = await select_object(photo, None, segmenter, deadline)
            turns = rotation_angles(settings.rotations)
            crops += [crop_polygon(photo.pixels, polygon, embedder.crop_size, turn) for turn in turns]
        stacked = np.stack(crops)
        parts = [stacked[start : start + CROPS_PER_REQUEST] for start in range(0, len(stacked), CROPS_PER_REQUEST)]
        segmented = await timed(segmenter.segment(canvas, deadline) for canvas in canvases)
        return segmented, await timed(embedder.embed(part, deadline) for part in parts)
    finally:
        await client.close()


async def timed(calls: Iterator[Coroutine[None, None, T]]) -> float:
    """The seconds until all calls are answered, with CONCURRENT_REQUESTS at the same time."""
    begun = time.perf_counter()

    async def worker() -> None:
        for call in calls:
            await call

    await asyncio.gather(*(worker() for _ in range(CONCURRENT_REQUESTS)))
    return time.perf_counter() - begun
