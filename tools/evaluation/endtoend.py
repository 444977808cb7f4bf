"""The whole service on counter photos with known products: enrolment, Triton, Milvus and gRPC."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.progress import Progress

from evaluation import scenes
from evaluation.calibration_figures import expected_calibration_error
from evaluation.scenes import CounterScene
from evaluation.vector_cache import PAGE_SIZE, read_vectors
from tillsight.client import parquet
from tillsight.client.client import Client
from tillsight.client.importer import Importer
from tillsight.client.manifest import ManifestRow
from tillsight.domain.errors import InvalidManifest
from tillsight.imaging.decoding import PhotoLimits
from tillsight.v1.catalogue_pb2 import LoadGalleryRequest
from tillsight.v1.recognition_pb2 import VERDICT_KNOWN, VERDICT_UNKNOWN, RecognizedObject

TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class FoundObject:
    """An object of an answer. `truth` is its product, "" on the background, None for a fragment or several at once."""

    answer: RecognizedObject
    truth: str | None

    @property
    def label(self) -> str:
        """What a checkout would book: the answer's product id, empty if the verdict is UNKNOWN."""
        return self.answer.product_id

    @property
    def nearest(self) -> str:
        """The best candidate, with any verdict."""
        return self.answer.candidates[0].product_id if self.answer.candidates else ""


@dataclass(frozen=True, slots=True)
class Checkout:
    """A photo, and the objects of its answer."""

    scene: CounterScene
    found: tuple[FoundObject, ...]

    def is_right(self, enrolled: Collection[str]) -> bool:
        """Whether exactly the enrolled products of the photo would be booked."""
        booked = Counter(one.label for one in self.found if one.label)
        return booked == Counter(label for label in self.scene.labels if label in enrolled)


def enrol(client: Client, rows: list[ManifestRow], vectors: Path | None, progress: Progress) -> None:
    """Enrol a manifest with the service, from the vectors in a file if it exists; otherwise export them to that file.

    Raises InvalidManifest if the service refuses a photo, and InvalidGalleryFile for a file of other vectors.
    """
    if vectors is not None and vectors.exists():
        file = parquet.GalleryFile.open(vectors)
        file.header.ClearField("calibration")  # the embedder's own may be newer than the file's
        fingerprint = client.describe().embedder_fingerprint
        pages = read_vectors(vectors, {row.product_id for row in rows}, fingerprint)

        def requests() -> Iterator[LoadGalleryRequest]:
            yield LoadGalleryRequest(header=file.header)
            for page in progress.track(pages, total=-(-file.header.rows // PAGE_SIZE), description="loading"):
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


def recognise(client: Client, counters: Sequence[CounterScene], progress: Progress) -> list[Checkout]:
    """The service's answer to each photo, with the truth of each object."""
    checkouts = []
    for scene in progress.track(counters, description="photos"):
        answer = client.recognize(scene.path.read_bytes(), timeout_s=TIMEOUT_S)
        shape = (answer.height, answer.width)
        polygons = [tuple(zip(one.mask.xy[::2], one.mask.xy[1::2], strict=True)) for one in answer.objects]
        matches = scenes.match(polygons, scene.masks(shape), shape)
        found = []
        for one, owner, background in zip(answer.objects, matches.owners, matches.on_background, strict=True):
            truth = scene.labels[owner] if owner is not None else "" if background else None
            found.append(FoundObject(one, truth))
        checkouts.append(Checkout(scene, tuple(found)))
    return checkouts


def figures(
    checkouts: Sequence[Checkout],
    enrolled: Collection[str],
    groups: Mapping[str, str],
    tuned: Collection[str] | None = None,
) -> dict[str, object]:
    """How the answers compare with the truth.

    An object's label is what a checkout would book: its `product_id`, or nothing if the verdict is UNKNOWN.
    `f1`: a label is right if the object matches an annotated one of that product at mask IoU > 0.5; products outside
    the gallery are not to be found. `checkout_accuracy`: the share of photos whose multiset of labels is exactly that
    of their enrolled products. `top1`: of found objects (IoU > 0.5) of enrolled products, the share with the right
    label; `top1_nearest` takes the best candidate, with any verdict. `wrong_of_known`: of all KNOWN objects.
    `open_set_rejected`: of found objects that are no enrolled product, the share that is UNKNOWN; `fragments_rejected`:
    the same of fragments. `ece`: of all objects, for the probability that the best candidate is right
    (`calibration_figures.expected_calibration_error`). `by_group` has the figures of each group in `groups`, which
    gives the group of a product. With `tuned`, the products that the embedder was tuned on, so has `by_tuning`.
    """
    objects = [one for checkout in checkouts for one in checkout.found]
    present = [label for checkout in checkouts for label in checkout.scene.labels if label in enrolled]
    booked = sum(bool(one.label) for one in objects)
    hits = sum(bool(one.label) and one.label == one.truth for one in objects)
    known = [one for one in objects if one.answer.verdict == VERDICT_KNOWN]
    out_of_gallery = [one for one in objects if one.truth is not None and one.truth not in enrolled]
    fragments = [one for one in objects if one.truth is None]
    names = sorted({groups[label] for label in present if groups.get(label)})

    def part(chosen: Collection[str]) -> dict[str, object]:
        return _product_figures(objects, present, chosen)

    result: dict[str, object] = {
        "f1": 2 * hits / max(booked + len(present), 1),
        "checkout_accuracy": _mean([checkout.is_right(enrolled) for checkout in checkouts]),
        **part(enrolled),
        "known_share": _mean([one.answer.verdict == VERDICT_KNOWN for one in objects if one.truth in enrolled]),
        "wrong_of_known": _mean([one.label != one.truth for one in known]),
        "open_set_rejected": _mean([one.answer.verdict == VERDICT_UNKNOWN for one in out_of_gallery]),
        "fragments_rejected": _mean([one.answer.verdict == VERDICT_UNKNOWN for one in fragments]),
        "ece": expected_calibration_error(
            np.array([one.answer.probability for one in objects]),
            np.array([one.nearest == one.truth for one in objects]),
        ),
        "n_photos": len(checkouts),
        "n_out_of_gallery": len(out_of_gallery),
        "n_fragments": len(fragments),
        "n_labels": len(enrolled),
        "by_group": {name: part({label for label in enrolled if groups.get(label) == name}) for name in names},
    }
    if tuned is not None:
        result["by_tuning"] = {
            "tuned": part(set(enrolled) & set(tuned)),
            "unseen": part(set(enrolled) - set(tuned)),
        }
    return result


def _product_figures(
    objects: Sequence[FoundObject], present: Sequence[str], chosen: Collection[str]
) -> dict[str, object]:
    own = [one for one in objects if one.truth in chosen]
    count = sum(label in chosen for label in present)
    return {
        "top1": _mean([one.label == one.truth for one in own]),
        "top1_nearest": _mean([one.nearest == one.truth for one in own]),
        "found": len(own) / count if count else None,
        "n_objects": count,
    }


def _mean(values: Sequence[bool]) -> float | None:
    return float(np.mean(values)) if values else None
