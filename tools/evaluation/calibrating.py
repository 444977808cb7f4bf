"""Calibrates an embedder's verdicts on photos with known products."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import matplotlib
import numpy as np
from rich.progress import Progress

from evaluation import calibration, scenes, strangers
from evaluation.calibration import Answers, joined, probabilities
from evaluation.inprocess import FOREVER, LocalEmbedder, LocalSegmenter, MemoryGallery
from evaluation.manifests import Entry
from evaluation.scenes import Scene
from evaluation.strangers import Objects
from tillsight.catalogue.enrolment import Enroller
from tillsight.catalogue.reference_embedding import EnrolmentConcurrency
from tillsight.catalogue.name_reservations import NameReservations
from tillsight.domain.errors import InvalidManifest
from tillsight.domain.products import Reference
from tillsight.imaging.crops import crop_instances
from tillsight.imaging.decoding import PhotoLimits, decode_photo
from tillsight.recognition.calibration import Calibration
from tillsight.recognition.instances import find_instances
from tillsight.recognition.stopwatch import Stopwatch

ROTATIONS = 8


def enrolled(
    entries: Sequence[Entry], segmenter: LocalSegmenter, embedder: LocalEmbedder, progress: Progress
) -> MemoryGallery:
    """The gallery the service would make of these photos. Raises InvalidManifest for one it would refuse."""
    gallery = MemoryGallery()

    async def references() -> AsyncIterator[Reference]:
        for entry in progress.track(entries, description="enrolling"):
            yield Reference(entry.product_id, entry.product_id, entry.image.read_bytes())

    enroller = Enroller(
        segmenter, embedder, gallery, gallery, PhotoLimits(), ROTATIONS, EnrolmentConcurrency(), NameReservations()
    )
    told = asyncio.run(enroller.enrol(references(), FOREVER))
    for refusal in told.refused:
        raise InvalidManifest(f"{entries[refusal.index].image} (product {refusal.product_id!r}): {refusal.reason}")
    return gallery


def objects_of_scenes(
    counters: Sequence[Scene], segmenter: LocalSegmenter, embedder: LocalEmbedder, progress: Progress
) -> Objects:
    """What the service's own segmentation cuts out of counter photos.

    A found object is of the product it matches, or of none: where it lies on no product, and where it is a piece of one
    or several at once.
    """
    vectors = [np.zeros((0, embedder.dimension), np.float32)]
    labels: list[str] = []
    photos: list[int] = []
    scores: list[float] = []
    pieces: list[bool] = []
    for number, scene in enumerate(progress.track(counters, description="photos")):
        photo = decode_photo(scene.path.read_bytes(), PhotoLimits())
        found = asyncio.run(find_instances(photo, segmenter, FOREVER, Stopwatch()))
        shape = (photo.height, photo.width)
        matching = scenes.match([one.polygon for one in found], scene.masks(shape), shape)
        labels += ["" if owner is None else scene.labels[owner] for owner in matching.owners]
        pieces += [owner is None and not thing for owner, thing in zip(matching.owners, matching.things, strict=True)]
        photos += [number] * len(found)
        scores += [one.score for one in found]
        vectors.append(asyncio.run(embedder.embed(crop_instances(photo, found, embedder.crop_size), FOREVER)))
    return Objects(
        np.concatenate(vectors),
        np.array(labels, str),
        np.array(photos, np.int64),
        np.array(scores),
        np.array(pieces, bool),
    )


def calibrate(
    gallery: MemoryGallery,
    objects: Objects,
    twins: Mapping[str, str],
    lost: float,
    wrong: float,
    share: float,
) -> tuple[Calibration, dict[str, object], list[tuple[Calibration, Answers]]]:
    """A calibration fitted to all answers, the figures of two fitted to half of them each, and what those are of.

    The figures are held out: other products in other photos than were fitted to; the mean of both ways. `twins` names
    a product's nearest sibling, where known; strangers without one enrolled have figures of their own.
    """
    given, whose = strangers.answers(gallery, objects)
    crowd = strangers.usual_crowd(gallery, objects)

    def fitted(answers: Answers) -> Calibration:
        return calibration.fit(answers, lost, wrong, crowd)

    final = fitted(given.weighted(share))
    pairs = strangers.held_out(given, whose, fitted, share)
    told = [calibration.figures(half, answers, lost) for half, answers in pairs]
    mean = {name: _mean([one[name] for one in told]) for name in told[0]}
    probability = np.concatenate([probabilities(half, answers) for half, answers in pairs])
    pooled = joined([answers for _, answers in pairs])
    mean["ece"] = calibration.expected_calibration_error(probability, pooled.right, pooled.weight)
    held = {row.product_id for row in gallery.rows.values()}
    figures: dict[str, object] = {
        **mean,
        "n_objects": len(objects.labels),
        "n_enrolled": int(given.enrolled.sum()),
        "n_strangers": int(given.strangers.sum()),
        "n_pieces": int(given.piece.sum()),
        "n_labels": len(held),
        "strangers_share": share,
    }
    if twins:
        figures["by_group"] = _by_twin(final, given, whose, twins, lost)
    return final, figures, pairs


def _by_twin(
    final: Calibration, given: Answers, whose: Objects, twins: Mapping[str, str], lost: float
) -> dict[str, dict[str, object]]:
    """Strangers rejected where the share `lost` of all enrolled objects is, with and without a twin."""
    inside = calibration.enrolled(final, given)
    threshold = np.quantile(inside[given.enrolled], lost)
    twin = np.array([bool(twins.get(label)) for label in whose.labels])
    groups = {}
    for name, chosen in (("with a twin", twin), ("without a twin", ~twin)):
        own, other = given.enrolled & chosen, given.strangers & chosen
        groups[name] = {
            "top1": float(given.right[own].mean()) if own.any() else None,
            "strangers_rejected_at_lost": float((inside[other] < threshold).mean()) if other.any() else None,
            "n_enrolled": int(own.sum()),
            "n_strangers": int(other.sum()),
        }
    return groups


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def plot(path: Path, pairs: Sequence[tuple[Calibration, Answers]], ece: float) -> None:
    """The reliability of held-out probabilities as a PNG: share right by probability stated, and how many."""
    matplotlib.use("Agg")
    from matplotlib import pyplot

    probability = np.concatenate([probabilities(fitted, answers) for fitted, answers in pairs])
    answers = joined([answers for _, answers in pairs])
    stated, observed, counts = calibration.reliability(probability, answers.right, answers.weight)
    figure, (upper, lower) = pyplot.subplots(
        2, 1, figsize=(5, 6), sharex=True, height_ratios=(3, 1), constrained_layout=True
    )
    some = counts > 0
    upper.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    upper.plot(stated[some], observed[some], marker="o", color="#1b6ca8")
    upper.set(ylabel="share right", title=f"Held-out answers, ECE {ece:.3f}", xlim=(0, 1), ylim=(0, 1))
    lower.bar((np.arange(len(counts)) + 0.5) / len(counts), counts / counts.sum(), width=0.09, color="#1b6ca8")
    lower.set(xlabel="probability stated", ylabel="share of answers")
    figure.savefig(path, dpi=150)
    pyplot.close(figure)


def told(fitted: Calibration, fingerprint: str, figures: Mapping[str, object]) -> dict[str, object]:
    """What `calibrate --json` prints, and `tillsight catalogue calibrate` reads."""
    return {**figures, "embedder_fingerprint": fingerprint, "calibration": asdict(fitted)}
