"""How well the segmenter finds and separates objects, beside connected components on the same maps."""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from rich.progress import Progress

from evaluation.inprocess import LocalSegmenter
from segmentation import report
from segmentation.dataset import AnnotatedPhoto, Form, InvalidTrainingData
from segmentation.scoring import Ids, Tally, drawn, tally
from tillsight.domain.geometry import Instance
from tillsight.imaging.letterbox import letterbox
from tillsight.recognition.instance_separation import Method, separate_instances


@dataclass(slots=True)
class Judged:
    """One photo's outcome, kept for the report."""

    path: Path
    tally: Tally
    objects: tuple[Instance, ...]

    def quality(self) -> float:
        """ap50 and ap75 of this photo, added."""
        figures = self.tally.figures()
        return figures["ap50"] + figures["ap75"]


@dataclass(slots=True)
class Collected:
    """What one way of separation found over all photos."""

    total: Tally = field(default_factory=Tally)
    photos: list[Judged] = field(default_factory=list)
    detections: list[dict[str, Any]] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)


def form_of(folder: Path) -> Form:
    """The form annotations have in a folder. Raises InvalidTrainingData where it is none of the three."""
    if (folder / "annotations.json").is_file():
        return Form.COCO
    if (folder / "masks").is_dir():
        return Form.MASKS
    if next(folder.rglob("output.manifest"), None):
        return Form.GROUNDTRUTH
    raise InvalidTrainingData(f"{folder}: neither annotations.json, nor masks/, nor output.manifest in it")


def evaluate(
    photos: Sequence[AnnotatedPhoto], model_dir: Path, progress: Progress
) -> tuple[dict[str, Any], list[Judged]]:
    """The figures of `segmentation.scoring.Tally`, `coco_ap` and `separate_ms`, the median time to get from a photo's
    maps to its objects; the same for connected components under `baseline`.

    Also each photo's outcome for a report. The maps come from `model_dir`/1/model.onnx, run in this process.
    """
    segmenter = LocalSegmenter(model_dir)
    ways: dict[Method, Collected] = {"watershed": Collected(), "components": Collected()}
    truths: list[dict[str, Any]] = []
    shapes: list[tuple[int, int]] = []
    for photo in progress.track(photos, description="photos"):
        pixels, annotation = photo.load()
        fitted, placement = letterbox(pixels, *segmenter.input_size)
        maps = segmenter.maps(fitted)
        shapes.append((pixels.shape[0], pixels.shape[1]))
        truths.extend(encoded(annotation.ids, len(shapes), start=len(truths) + 1))
        for method, collected in ways.items():
            begun = time.perf_counter()
            objects = separate_instances(maps, placement, method=method)
            collected.milliseconds.append((time.perf_counter() - begun) * 1000)
            counted = tally(annotation.ids, objects)
            collected.total.add(counted)
            collected.photos.append(Judged(photo.path, counted, objects))
            collected.detections.extend(detections(objects, shapes[-1], len(shapes)))
    figures: dict[str, Any] = complete(ways["watershed"], truths, shapes)
    figures["baseline"] = complete(ways["components"], truths, shapes)
    return figures, ways["watershed"].photos


def write_report(
    path: Path, photos: Sequence[AnnotatedPhoto], judged: Sequence[Judged], figures: dict[str, Any]
) -> None:
    """An HTML file with the figures and the photos that came out worst, fewest matches first."""
    order = sorted(range(len(photos)), key=lambda index: judged[index].quality())[: report.WORST]
    pictures = []
    for index in order:
        pixels, annotation = photos[index].load()
        pictures.append((pixels, annotation.ids, judged[index].objects))
    baseline = figures["baseline"]
    rows = "".join(
        f"<tr><td>{name}</td><td>{value:.3f}</td><td>{baseline[name]:.3f}</td></tr>"
        for name, value in figures.items()
        if isinstance(value, float)
    )
    table = f"<table><tr><th>figure</th><th>watershed</th><th>components</th></tr>{rows}</table>"
    body = f"<h1>Segmentation</h1>{table}<h2>Worst photos</h2>{report.worst(pictures)}"
    path.write_text(report.page("Segmentation", body), encoding="utf-8")


def complete(collected: Collected, truths: list[dict[str, Any]], shapes: list[tuple[int, int]]) -> dict[str, Any]:
    figures: dict[str, Any] = collected.total.figures()
    figures["coco_ap"] = coco_ap(truths, collected.detections, shapes)
    figures["separate_ms"] = float(np.median(collected.milliseconds))
    total = collected.total
    figures.update(photos=total.photos, instances=total.instances, touching_pairs=total.touching)
    return figures


def encoded(ids: Ids, image: int, start: int) -> list[dict[str, Any]]:
    """Instances as COCO annotations of one category."""
    found = []
    for offset, identity in enumerate(np.unique(ids[ids > 0])):
        mask = rle(ids == identity)
        box = [float(value) for value in coco_mask.toBbox(mask)]
        found.append({
            "id": start + offset, "image_id": image, "category_id": 1, "iscrowd": 0, "segmentation": mask, "bbox": box,
            "area": float(coco_mask.area(mask)),
        })  # fmt: skip
    return found


def detections(objects: Sequence[Instance], shape: tuple[int, int], image: int) -> list[dict[str, Any]]:
    ids = drawn(objects, shape)
    return [
        {"image_id": image, "category_id": 1, "segmentation": rle(ids == identity), "score": found.score}
        for identity, found in enumerate(objects, start=1)
    ]


def rle(mask: NDArray[np.bool_]) -> dict[str, Any]:
    return dict(coco_mask.encode(np.asfortranarray(mask.astype(np.uint8))))


def coco_ap(truths: list[dict[str, Any]], found: list[dict[str, Any]], shapes: list[tuple[int, int]]) -> float:
    """COCO mask AP (IoU 0.50 to 0.95), as pycocotools computes it; 0 where nothing was found."""
    if not found or not truths:
        return 0.0
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints
        truth = COCO()
        truth.dataset = {
            "info": {}, "annotations": truths, "categories": [{"id": 1, "name": "object"}],
            "images": [{"id": i, "height": h, "width": w} for i, (h, w) in enumerate(shapes, start=1)],
        }  # fmt: skip
        truth.createIndex()
        judged = COCOeval(truth, truth.loadRes(found), "segm")
        judged.evaluate()
        judged.accumulate()
        judged.summarize()
    return float(judged.stats[0])
