"""A whole training of the segmenter: data, training, validation, export, model card and report."""

from __future__ import annotations

import copy
import os
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from rich.console import Console
from rich.progress import Progress

from runtime.command import timed_progress
from runtime.model_folder import MODEL_REPOSITORY
from segmentation.annotated_photo import AnnotatedPhoto
from segmentation.cutout_pool import CutoutPool, add_variations, mix_pools, store_pool
from segmentation.dataset import AnnotationFormat, read_dataset
from segmentation.export import export, read_weights
from segmentation.model_card import TrainingFacts, model_card
from segmentation.network import Unet
from segmentation.photo_decomposition import decompose_photos
from segmentation.schedule import Plan
from segmentation.targets import Scene
from segmentation.training import train
from segmentation.training_report import write_report
from segmentation.validation import predict_instances, select_for_export, validate, validation_scenes
from tillsight.domain.errors import InvalidInput

SHIPPED = MODEL_REPOSITORY / "unet"
IMAGENET = "imagenet"
FROM_IMAGENET, FROM_MODEL = (2e-3, 4e-4), (3e-4, 1e-4)
"""Peak learning rates of decoder and encoder. High rates would destroy what a trained decoder has learnt."""
FEWEST_TO_SPLIT, LEAST_VALIDATION, MOST_VALIDATION = 6, 2, 24


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """What `train_unet.py` is called with; see its --help."""

    data: Path
    annotation_format: AnnotationFormat
    out: Path
    minutes: float
    steps: int | None
    seed: int
    resume: bool
    start: str | None
    rate: float | None
    store_share: float
    full_size_from: float
    threads: int


@dataclass(frozen=True, slots=True)
class TrainingData:
    """The photos and the objects to learn from, the scenes to validate on, and counts for the model card."""

    photos: list[Scene]
    pool: CutoutPool
    validation: list[Scene]
    training_photos: int
    validation_photos: int
    objects: int


def run_training(options: TrainingOptions, console: Console) -> dict[str, object]:
    """Train the segmenter and write its model folder; returns the figures. Raises InvalidInput, Interrupted."""
    cv2.setNumThreads(1)
    torch.set_num_threads(options.threads or os.cpu_count() or 1)
    torch.manual_seed(options.seed)
    network, origin = start_network(options.start)
    plan = _plan(options, origin)
    with timed_progress(console) as progress:
        data = prepare_data(options, progress)
        console.print(
            f"{data.training_photos} photos to learn from, {data.validation_photos} for validation; "
            f"{data.objects} objects, {len(data.pool.cutouts) - data.objects} repeated, varied, drawn or from the "
            f"store; starting from {origin}"
        )
        device = "cuda" if torch.cuda.is_available() else "cpu"
        start = None if origin == IMAGENET else copy.deepcopy(network)
        best, history = train(
            network.to(device),
            data.photos,
            data.pool,
            plan,
            lambda trained: validate(trained, data.validation),
            options.out / ".training",
            progress,
            options.resume,
        )
    best, figures = select_for_export(best.to("cpu"), start, data.validation)
    facts = TrainingFacts(
        options.data.name,
        options.annotation_format.value,
        data.training_photos,
        data.objects,
        options.store_share,
        origin,
        len(history.steps),
        history.steps[-1]["seconds"] / 60,
        options.seed,
    )
    fingerprint = export(best, options.out, model_card(facts, figures))
    found = predict_instances(best, data.validation)
    write_report(options.out / "training_report.html", history, data.validation, found, figures)
    return {"model": str(options.out), "fingerprint": fingerprint, "steps": len(history.steps), **figures}


def prepare_data(options: TrainingOptions, progress: Progress) -> TrainingData:
    """Read the photos and split them, and make the pool of objects. Raises InvalidInput."""
    photos = read_dataset(options.data, options.annotation_format)
    train_indices, validation_indices = split_photos(len(photos), options.seed)
    own = decompose_photos(_chosen(photos, train_indices), progress, "photos")
    held_out = _chosen(photos, validation_indices)
    # With few photos all are learnt from, and validation uses composed scenes of their objects only.
    validation = decompose_photos(held_out, progress, "validation photos") if held_out else own
    store = CutoutPool([], [])
    if options.store_share > 0 or not own.pool.cutouts:
        store = store_pool(options.seed, progress)
    rng = np.random.default_rng(options.seed)
    pool = add_variations(rng, mix_pools(rng, own.pool, store, options.store_share))
    if not pool.backgrounds:
        raise InvalidInput(f"{options.data}: objects cover every photo, so there is no background: add --store 0.2")
    scenes = validation_scenes(
        validation.scenes if held_out else [], CutoutPool(validation.pool.cutouts, pool.backgrounds), options.seed
    )
    return TrainingData(own.scenes, pool, scenes, len(train_indices), len(validation_indices), len(own.pool.cutouts))


def split_photos(count: int, seed: int) -> tuple[list[int], list[int]]:
    """The indices of photos to learn from and of validation photos: one in eight, none of fewer than six photos."""
    order = np.random.default_rng((seed, 3)).permutation(count).tolist()
    kept = min(max(LEAST_VALIDATION, count // 8), MOST_VALIDATION) if count >= FEWEST_TO_SPLIT else 0
    return sorted(order[kept:]), sorted(order[:kept])


def start_network(start: str | None) -> tuple[Unet, str]:
    """The network to start from, and where its weights come from. Raises InvalidInput."""
    if start is None and (SHIPPED / "1" / "model.onnx").is_file():
        start = str(SHIPPED)
    if start in (None, IMAGENET):
        network = Unet()
        network.encoder.load_imagenet()
        return network, IMAGENET
    folder = Path(str(start))
    if not (folder / "1" / "model.onnx").is_file():
        raise InvalidInput(f"{folder}: no 1/model.onnx to start from; give a model folder or `imagenet`")
    network = Unet(normalised=False)
    try:
        network.load_state_dict(dict(read_weights(folder)))
    except RuntimeError as error:
        raise InvalidInput(f"{folder}/1/model.onnx was not written by train_unet.py: {error}") from error
    return network, folder.name


def _plan(options: TrainingOptions, origin: str) -> Plan:
    rates = FROM_IMAGENET if origin == IMAGENET else FROM_MODEL
    if options.rate:
        rates = options.rate, options.rate / 3
    return Plan(
        None if options.steps else options.minutes,
        options.steps,
        options.seed,
        decoder_rate=rates[0],
        encoder_rate=rates[1],
        full_size_from=options.full_size_from,
    )


def _chosen(photos: list[AnnotatedPhoto], indices: list[int]) -> list[AnnotatedPhoto]:
    return [photos[index] for index in indices]
