"""What the whole service makes of counter photos with known products: enrolment, Triton, Milvus, gRPC."""

from __future__ import annotations

import contextlib
import secrets
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pymilvus import MilvusClient
from rich.progress import Progress

from evaluation import scenes
from evaluation.calibration import expected_calibration_error
from evaluation.scenes import Scene
from evaluation.vectors import opened
from tillsight.client import parquet
from tillsight.client.client import Client
from tillsight.client.importer import Importer
from tillsight.client.manifest import ManifestRow
from tillsight.config import Settings
from tillsight.domain.errors import InvalidManifest
from tillsight.imaging.decoding import PhotoLimits
from tillsight.local.stack import LocalStack
from tillsight.service import in_background
from tillsight.v1.catalogue_pb2 import LoadGalleryRequest
from tillsight.v1.recognition_pb2 import VERDICT_KNOWN, VERDICT_UNKNOWN, RecognizedObject

TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class Found:
    """An object of an answer; `truth` is its product, "" on no product, None for a piece of one or several at once."""

    answer: RecognizedObject
    truth: str | None

    @property
    def label(self) -> str:
        """What a till would book: the answer's product id, empty where the verdict is UNKNOWN."""
        return self.answer.product_id

    @property
    def nearest(self) -> str:
        """The best candidate, whatever the verdict."""
        return self.answer.candidates[0].product_id if self.answer.candidates else ""


@dataclass(frozen=True, slots=True)
class Checkout:
    """A photo's answer beside what lies there."""

    scene: Scene
    found: tuple[Found, ...]

    def right(self, held: Collection[str]) -> bool:
        """Whether just what lies there, as far as the gallery holds it, would be booked: no more, no less."""
        booked = Counter(one.label for one in self.found if one.label)
        return booked == Counter(label for label in self.scene.labels if label in held)


@contextlib.contextmanager
def service(milvus: str | None, model_repository: Path, progress: Progress) -> Iterator[Client]:
    """The service in this process on a local Triton, and on Milvus Lite or the Milvus at a URI.

    Its gallery is one of its own, gone afterwards.
    """
    task = progress.add_task("starting Triton and Milvus", total=None)
    with tempfile.TemporaryDirectory(prefix="tillsight-evaluation-") as folder:
        settings = Settings(
            port=0,
            data_dir=Path(folder),
            gallery=f"evaluation{secrets.token_hex(4)}",
            model_repository=model_repository,
            max_photo_bytes=64 * 1024 * 1024,
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


def enrol(client: Client, rows: list[ManifestRow], vectors: Path | None, progress: Progress) -> None:
    """Enrol a manifest with the service; from the exported vectors in a file where there is one, else written there.

    Raises InvalidManifest where the service refuses a photo, InvalidGalleryFile for a file of other vectors.
    """
    if vectors is not None and vectors.exists():
        file = parquet.GalleryFile.open(vectors)
        file.header.ClearField("calibration")  # judged by the embedder's own, which may be newer than the file
        fingerprint = client.describe().embedder_fingerprint
        pages = opened(vectors, {row.product_id for row in rows}, fingerprint)

        def requests() -> Iterator[LoadGalleryRequest]:
            yield LoadGalleryRequest(header=file.header)
            for page in progress.track(pages, total=-(-file.header.rows // 500), description="loading"):
                yield LoadGalleryRequest(rows=page)

        client.load(requests())
        return
    task = progress.add_task("enrolling", total=len(rows))
    importer = Importer(client, PhotoLimits(), advance=lambda count: progress.advance(task, count))
    importer.run(rows)
    for refused in importer.summary.refused:
        raise InvalidManifest(f"line {refused.row.line}, product {refused.row.product_id!r}: {refused.reason}")
    if vectors is not None:
        messages = client.export()
        header = next(messages).header
        parquet.write_gallery_file(vectors, header, (list(message.rows) for message in messages))


def recognise(client: Client, counters: Sequence[Scene], progress: Progress) -> list[Checkout]:
    """The service's answer to each photo, beside the truth."""
    checkouts = []
    for scene in progress.track(counters, description="photos"):
        answer = client.recognize(scene.path.read_bytes(), timeout_s=TIMEOUT_S)
        shape = (answer.height, answer.width)
        polygons = [tuple(zip(one.mask.xy[::2], one.mask.xy[1::2], strict=True)) for one in answer.objects]
        matching = scenes.match(polygons, scene.masks(shape), shape)
        found = []
        for one, owner, thing in zip(answer.objects, matching.owners, matching.things, strict=True):
            truth = scene.labels[owner] if owner is not None else "" if thing else None
            found.append(Found(one, truth))
        checkouts.append(Checkout(scene, tuple(found)))
    return checkouts


def figures(
    checkouts: Sequence[Checkout],
    held: Collection[str],
    groups: Mapping[str, str],
    tuned: Collection[str] | None = None,
) -> dict[str, object]:
    """How the answers compare with the truth.

    An object's label is what a till would book: its `product_id`, the best guess unless the verdict is UNKNOWN, and
    nothing then. `f1`: a labelled object is right where it matches an annotated one of that product at mask IoU > 0.5;
    annotated products that the gallery does not hold are nothing to be found. `checkout_accuracy`: the share of photos
    whose multiset of labels is exactly that of the held products there. `top1`: of found objects (IoU > 0.5) of held
    products, those with the right label; `top1_nearest` takes the best candidate whatever the verdict.
    `wrong_of_known`: of all KNOWN objects; `strangers_rejected`: of found objects that are of no held product, those
    UNKNOWN; `pieces_rejected`: the same of pieces of an object and of several at once. `ece` is of all objects: of the
    stated probability that the best candidate is right (`calibration.expected_calibration_error`). `groups` gives a
    product's group for `by_group`; with `tuned`, `by_tuning` is like it.
    """
    objects = [one for checkout in checkouts for one in checkout.found]
    there = [label for checkout in checkouts for label in checkout.scene.labels if label in held]
    booked = sum(bool(one.label) for one in objects)
    hits = sum(bool(one.label) and one.label == one.truth for one in objects)
    known = [one for one in objects if one.answer.verdict == VERDICT_KNOWN]
    strangers = [one for one in objects if one.truth is not None and one.truth not in held]
    pieces = [one for one in objects if one.truth is None]
    named = sorted({groups[label] for label in there if groups.get(label)})

    def part(chosen: Collection[str]) -> dict[str, object]:
        return _found(objects, there, chosen)

    told: dict[str, object] = {
        "f1": 2 * hits / max(booked + len(there), 1),
        "checkout_accuracy": _mean([checkout.right(held) for checkout in checkouts]),
        **part(held),
        "known_share": _mean([one.answer.verdict == VERDICT_KNOWN for one in objects if one.truth in held]),
        "wrong_of_known": _mean([one.label != one.truth for one in known]),
        "strangers_rejected": _mean([one.answer.verdict == VERDICT_UNKNOWN for one in strangers]),
        "pieces_rejected": _mean([one.answer.verdict == VERDICT_UNKNOWN for one in pieces]),
        "ece": expected_calibration_error(
            np.array([one.answer.probability for one in objects]),
            np.array([one.nearest == one.truth for one in objects]),
        ),
        "n_photos": len(checkouts),
        "n_strangers": len(strangers),
        "n_pieces": len(pieces),
        "n_labels": len(held),
        "by_group": {name: part({label for label in held if groups.get(label) == name}) for name in named},
    }
    if tuned is not None:
        told["by_tuning"] = {"tuned": part(set(held) & set(tuned)), "unseen": part(set(held) - set(tuned))}
    return told


def _found(objects: Sequence[Found], there: Sequence[str], chosen: Collection[str]) -> dict[str, object]:
    own = [one for one in objects if one.truth in chosen]
    lying = sum(label in chosen for label in there)
    return {
        "top1": _mean([one.label == one.truth for one in own]),
        "top1_nearest": _mean([one.nearest == one.truth for one in own]),
        "found": len(own) / lying if lying else None,
        "n_objects": lying,
    }


def _mean(values: Sequence[bool]) -> float | None:
    return float(np.mean(values)) if values else None
