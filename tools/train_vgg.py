"""Tune the embedder `vgg` on labelled photos of a shop's own, and export it for Triton.

    python tools/train_vgg.py --gallery MANIFEST.csv --out DIR --minutes 10

Adding a product needs none of this. All layers but the last convolution and the whitening stay as they are and are
computed once; with `--steps 0 --even 0.5` the convolution stays too, and the whitening alone learns, in closed form, to
even out what differs among photos of one class. An interrupt loses nothing: run the same command with --resume.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from embedding import stored
from embedding.graph import build_graph
from embedding.learning import range_crops
from embedding.repository import write
from embedding.stored import StoredEmbedder
from embedding.tuning import Plan, Tuned, embedded, even_out, held_out_top1, layers_of, nearest, tune, unseen_top1
from embedding.tuning_data import frozen, split
from embedding.tuning_report import card, confusions, write_report
from embedding.vgg16 import in_eight_bits
from entry import run
from evaluation.manifests import read_gallery
from tillsight.domain.errors import InvalidInput

SHIPPED = Path(__file__).resolve().parent.parent / "model_repository" / "vgg"


def main(
    gallery: Annotated[Path, typer.Option(help="MANIFEST.csv: product_id,name,image; several photos a product.")],
    out: Annotated[Path, typer.Option(help="Model folder to write.")],
    minutes: Annotated[float, typer.Option(min=0.05, help="Time to tune; the frozen layers come on top.")] = 10.0,
    steps: Annotated[int | None, typer.Option(min=0, help="Tune so many steps instead, however long.")] = None,
    start: Annotated[Path, typer.Option(help="The embedder to start from.")] = SHIPPED,
    even: Annotated[
        float, typer.Option(min=0, max=0.95, help="How far, after tuning, to even out what differs within a class.")
    ] = 0.0,
    views: Annotated[int, typer.Option(min=1, help="Views of each photo, the first as it stands.")] = 3,
    hold_out_classes: Annotated[
        float, typer.Option(min=0, max=0.9, help="Share of classes kept out, to measure unseen ones.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from OUT/.training.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Write OUT/1/model.onnx, config.pbtxt, MODEL_CARD.md, tuned_classes.json and training_report.html."""
    if out.resolve() == start.resolve():
        raise InvalidInput(f"{out} is what the tuning starts from: give another folder to write")
    torch.set_num_threads(os.cpu_count() or 1)
    torch.manual_seed(seed)
    console = Console(stderr=True)
    entries = read_gallery(gallery)
    labels = np.unique([entry.product_id for entry in entries], return_inverse=True)[1]
    parts = split([entry.product_id for entry in entries], hold_out_classes, seed)
    if len(np.unique(labels[parts.learnt])) < 2 or not len(parts.held):
        raise InvalidInput(f"{gallery}: tuning needs two classes of three photos or more")
    embedder = stored.read(start)
    network = Tuned(embedder)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:3.0f} %"))
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console) as progress:
        data = frozen(out / ".training", entries, embedder, views, seed, progress)
        figures: dict[str, object] = {
            "photos learnt": len(parts.learnt),
            "classes learnt": len(np.unique(labels[parts.learnt])),
            "held-out photos": len(parts.held),
            "photos of classes kept out": len(parts.unseen),
            "top1 before": held_out_top1(network, data, labels, parts),
            "top1 of classes kept out, before": unseen_top1(network, data, labels, parts),
        }
        plan = Plan(minutes, seed, steps)
        network, history = tune(network, data, labels, parts, plan, out / ".training", progress, resume)
        if even:
            even_out(network, data, labels, parts, even)
    figures["top1"] = held_out_top1(network, data, labels, parts)
    figures["top1 of classes kept out"] = unseen_top1(network, data, labels, parts)
    figures = {name: value for name, value in figures.items() if value is not None}
    fingerprint = _export(network, embedder, out)
    (out / "MODEL_CARD.md").write_text(card(fingerprint, start.name, gallery.name, figures), encoding="utf-8")
    learnt = sorted({entries[index].product_id for index in parts.learnt})
    (out / "tuned_classes.json").write_text(json.dumps(learnt, indent=1, ensure_ascii=False), encoding="utf-8")
    found = nearest(embedded(network, data, parts.held), embedded(network, data, parts.learnt))
    write_report(out / "training_report.html", history, confusions(entries, parts.held, parts.learnt, found), figures)
    told = {"model": str(out), "fingerprint": fingerprint, "steps": len(history.steps), **figures}
    if as_json:
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        console.print(told)


def _export(network: Tuned, embedder: StoredEmbedder, out: Path) -> str:
    """Write the tuned model; the range of the tuned activations is measured anew, the others' stay."""
    layers, whitening = layers_of(network, embedder)
    blocks = [pooling.block for pooling in embedder.poolings]
    plain = replace(embedder.convolutions, layers=tuple(layers), peaks=())
    peaks = in_eight_bits(plain, blocks, range_crops(embedder.size)).peaks
    kept = (*embedder.convolutions.peaks[:9], *peaks[9:])
    rounded = replace(plain, peaks=kept)
    graph = build_graph(rounded, embedder.size, embedder.poolings, whitening, embedder.proportion)
    return write(graph, out)


if __name__ == "__main__":
    run(lambda: typer.run(main))
