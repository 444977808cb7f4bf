"""A whole tuning of `vgg`: data, tuning, WCCN, export, model card and report."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from rich.console import Console

from embedding.exported_model import ExportedEmbedder, read_exported
from embedding.graph import build_graph
from embedding.repository import write
from embedding.training_crops import quantization_crops
from embedding.tuned_network import TUNED_LAYER, TunedNetwork
from embedding.tuning import Plan, Tuning, apply_wccn
from embedding.tuning_data import frozen_features, split_photos
from embedding.tuning_figures import nearest, unseen_top1, validation_top1
from embedding.tuning_report import find_confusions, model_card, write_report
from embedding.vgg16 import quantize_to_eight_bits
from evaluation.manifests import read_gallery
from runtime.command import timed_progress
from tillsight.domain.errors import InvalidInput

FEWEST_CLASSES = 2


@dataclass(frozen=True, slots=True)
class TuningOptions:
    """What `train_vgg.py` is called with; see its --help."""

    gallery: Path
    out: Path
    minutes: float
    steps: int | None
    start: Path
    wccn: float
    views: int
    unseen_share: float
    seed: int
    resume: bool


def run_tuning(options: TuningOptions, console: Console) -> dict[str, object]:
    """Tune the embedder and write its model folder; returns the figures. Raises InvalidInput."""
    out = options.out
    if out.resolve() == options.start.resolve():
        raise InvalidInput(f"{out} is the model that the tuning starts from: give another folder to write")
    torch.set_num_threads(os.cpu_count() or 1)
    torch.manual_seed(options.seed)
    entries = read_gallery(options.gallery)
    labels = np.unique([entry.product_id for entry in entries], return_inverse=True)[1]
    split = split_photos([entry.product_id for entry in entries], options.unseen_share, options.seed)
    train_classes = len(np.unique(labels[split.train]))
    if train_classes < FEWEST_CLASSES or not len(split.validation):
        raise InvalidInput(f"{options.gallery}: tuning needs at least two classes of three photos or more")
    embedder = read_exported(options.start)
    network = TunedNetwork(embedder)
    with timed_progress(console) as progress:
        data = frozen_features(out / ".training", entries, embedder, options.views, options.seed, progress)
        figures: dict[str, object] = {
            "train_photos": len(split.train),
            "train_classes": train_classes,
            "validation_photos": len(split.validation),
            "unseen_class_photos": len(split.unseen),
            "top1_before": validation_top1(network, data, labels, split),
            "unseen_top1_before": unseen_top1(network, data, labels, split),
        }
        plan = Plan(options.minutes, options.seed, options.steps)
        tuning = Tuning(network, data, labels, split, plan, out / ".training")
        network, history = tuning.run(progress, options.resume)
        if options.wccn:
            apply_wccn(network, data, labels, split, options.wccn)
    figures["top1"] = validation_top1(network, data, labels, split)
    figures["unseen_top1"] = unseen_top1(network, data, labels, split)
    figures = {name: value for name, value in figures.items() if value is not None}
    fingerprint = _export(network, embedder, out)
    card = model_card(fingerprint, options.start.name, options.gallery.name, figures)
    (out / "MODEL_CARD.md").write_text(card, encoding="utf-8")
    tuned_classes = sorted({entries[index].product_id for index in split.train})
    (out / "tuned_classes.json").write_text(json.dumps(tuned_classes, indent=1, ensure_ascii=False), encoding="utf-8")
    found = nearest(network.embed(data, split.validation), network.embed(data, split.train))
    confusions = find_confusions(entries, split.validation, split.train, found)
    write_report(out / "training_report.html", history, confusions, figures)
    return {"model": str(out), "fingerprint": fingerprint, "steps": len(history.steps), **figures}


def _export(network: TunedNetwork, embedder: ExportedEmbedder, out: Path) -> str:
    """Write the tuned model. Only the range of the tuned activations is measured again; the frozen ones keep theirs."""
    layers, whitening = network.export_layers(embedder)
    blocks = [pooling.block for pooling in embedder.poolings]
    plain = replace(embedder.convolutions, layers=tuple(layers), peaks=())
    measured = quantize_to_eight_bits(plain, blocks, quantization_crops(embedder.size)).peaks
    peaks = (*embedder.convolutions.peaks[:TUNED_LAYER], *measured[TUNED_LAYER:])
    graph = build_graph(
        replace(plain, peaks=peaks), embedder.size, embedder.poolings, whitening, embedder.aspect_ratio_weight
    )
    return write(graph, out)
