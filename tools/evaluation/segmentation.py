"""How well the segmenter finds and separates objects, compared with connected components on the same maps."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import Progress

from evaluation.coco_ap import coco_ap, detections, truth_annotations
from evaluation.local_models import LocalSegmenter
from runtime.html_report import page
from segmentation.annotated_photo import AnnotatedPhoto
from segmentation.metrics import InstanceCounts, count_matches
from segmentation.training_report import WORST, worst_figures
from tillsight.domain.geometry import Instance
from tillsight.imaging.letterbox import letterbox
from tillsight.recognition.instance_separation import Method, separate_instances


@dataclass(frozen=True, slots=True)
class PhotoResult:
    """One photo's counts and found objects, for the report."""

    path: Path
    counts: InstanceCounts
    objects: tuple[Instance, ...]

    def quality(self) -> float:
        """The sum of ap50 and ap75 of this photo."""
        figures = self.counts.figures()
        return figures["ap50"] + figures["ap75"]


@dataclass(slots=True)
class MethodResults:
    """What one method of separation found in all photos."""

    total: InstanceCounts = field(default_factory=InstanceCounts)
    photos: list[PhotoResult] = field(default_factory=list)
    detections: list[dict[str, Any]] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)


def evaluate(
    photos: Sequence[AnnotatedPhoto], model_dir: Path, progress: Progress
) -> tuple[dict[str, Any], list[PhotoResult]]:
    """The figures of `segmentation.metrics.InstanceCounts`, `coco_ap` and `separate_ms`, and each photo's result.

    `separate_ms` is the median time from a photo's maps to its objects. `baseline` has the same figures for connected
    components. `model_dir`/1/model.onnx computes the maps in this process.
    """
    segmenter = LocalSegmenter(model_dir)
    results: dict[Method, MethodResults] = {"watershed": MethodResults(), "components": MethodResults()}
    truths: list[dict[str, Any]] = []
    shapes: list[tuple[int, int]] = []
    for photo in progress.track(photos, description="photos"):
        pixels, annotation = photo.load()
        fitted, placement = letterbox(pixels, *segmenter.input_size)
        maps = segmenter.maps(fitted)
        shapes.append((pixels.shape[0], pixels.shape[1]))
        truths.extend(truth_annotations(annotation.ids, len(shapes), start=len(truths) + 1))
        for method, result in results.items():
            started = time.perf_counter()
            objects = separate_instances(maps, placement, method=method)
            result.milliseconds.append((time.perf_counter() - started) * 1000)
            counts = count_matches(annotation.ids, objects)
            result.total.add(counts)
            result.photos.append(PhotoResult(photo.path, counts, objects))
            result.detections.extend(detections(objects, shapes[-1], len(shapes)))
    figures: dict[str, Any] = _figures(results["watershed"], truths, shapes)
    figures["baseline"] = _figures(results["components"], truths, shapes)
    return figures, results["watershed"].photos


def write_report(
    path: Path, photos: Sequence[AnnotatedPhoto], results: Sequence[PhotoResult], figures: dict[str, Any]
) -> None:
    """Write an HTML file with the figures and the photos of the lowest quality."""
    order = sorted(range(len(photos)), key=lambda index: results[index].quality())[:WORST]
    outcomes = []
    for index in order:
        pixels, annotation = photos[index].load()
        outcomes.append((pixels, annotation.ids, results[index].objects))
    baseline = figures["baseline"]
    rows = "".join(
        f"<tr><td>{name}</td><td>{value:.3f}</td><td>{baseline[name]:.3f}</td></tr>"
        for name, value in figures.items()
        if isinstance(value, float)
    )
    table = f"<table><tr><th>figure</th><th>watershed</th><th>components</th></tr>{rows}</table>"
    body = f"<h1>Segmentation</h1>{table}<h2>Worst photos</h2>{worst_figures(outcomes)}"
    path.write_text(page("Segmentation", body), encoding="utf-8")


def _figures(result: MethodResults, truths: list[dict[str, Any]], shapes: list[tuple[int, int]]) -> dict[str, Any]:
    figures: dict[str, Any] = result.total.figures()
    figures["coco_ap"] = coco_ap(truths, result.detections, shapes)
    figures["separate_ms"] = float(np.median(result.milliseconds))
    total = result.total
    figures.update(photos=total.photos, instances=total.instances, touching_pairs=total.touching)
    return figures
