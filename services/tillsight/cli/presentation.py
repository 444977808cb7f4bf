"""Answers of the service as JSON objects, tables and objects to draw."""

from __future__ import annotations

from typing import Any

from google.protobuf import json_format
from rich.markup import escape
from rich.table import Table

from tillsight.cli.drawing import DrawnObject
from tillsight.domain.recognition_results import Verdict
from tillsight.rpc.converters import box_from, verdict_from
from tillsight.v1 import catalogue_pb2, recognition_pb2

STEPS = ("decode", "segment", "separate", "crop", "embed", "search", "judge", "total")
"""The steps of recognition in their order; a protobuf map has no order."""
STYLES = {Verdict.KNOWN: "green", Verdict.AMBIGUOUS: "yellow", Verdict.UNKNOWN: "red"}


def answer_json(photo: str, answer: recognition_pb2.RecognizeResponse) -> dict[str, Any]:
    """The answer to a photo as a JSON object; boxes are [x, y, width, height] in pixels of the upright photo."""
    versions = answer.versions
    return {
        "photo": photo,
        "width": answer.width,
        "height": answer.height,
        "objects": [_object_json(found) for found in answer.objects],
        "timings_ms": {step: round(answer.timings_ms[step], 2) for step in STEPS if step in answer.timings_ms},
        "versions": {
            "segmenter": versions.segmenter,
            "embedder": versions.embedder,
            "gallery": versions.gallery,
        },
    }


def _object_json(found: recognition_pb2.RecognizedObject) -> dict[str, Any]:
    box = found.box
    return {
        "box": [round(value, 2) for value in (box.x, box.y, box.width, box.height)],
        "mask": [round(value, 2) for value in found.mask.xy],
        "segmentation_score": round(found.segmentation_score, 4),
        "product_id": found.product_id,
        "name": found.name,
        "score": round(found.score, 4),
        "probability": round(found.probability, 4),
        "verdict": verdict_from(found.verdict).value,
        "candidates": [
            {
                "product_id": candidate.product_id,
                "name": candidate.name,
                "score": round(candidate.score, 4),
                "reference_id": candidate.reference_id,
                "photo_id": candidate.photo_id,
                "store": candidate.store,
                "attributes": json_format.MessageToDict(candidate.attributes),
            }
            for candidate in found.candidates
        ],
    }


def answer_table(photo: str, answer: recognition_pb2.RecognizeResponse) -> Table:
    """The answer to a photo as a table: label, product, score, verdict and box of each object."""
    total = answer.timings_ms.get("total", 0.0)
    table = Table(title=f"{escape(photo)}: {len(answer.objects)} objects in {total:.0f} ms", title_justify="left")
    for heading, justify in (("label", "left"), ("product", "left"), ("score", "right"), ("verdict", "left")):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    table.add_column("box (x, y, width, height)", justify="right")
    for found in answer.objects:
        verdict = verdict_from(found.verdict)
        box = f"{found.box.x:.0f}, {found.box.y:.0f}, {found.box.width:.0f}, {found.box.height:.0f}"
        style = STYLES[verdict]
        label, product = escape(found.name or "?"), escape(found.product_id)
        table.add_row(label, product, f"{found.score:.3f}", f"[{style}]{verdict.value}[/]", box)
    return table


def drawn_objects(answer: recognition_pb2.RecognizeResponse) -> list[DrawnObject]:
    """The recognised objects as `drawing.draw_objects` takes them."""
    drawn = []
    for found in answer.objects:
        xy = found.mask.xy
        outline = tuple(zip(xy[::2], xy[1::2], strict=True))
        verdict = verdict_from(found.verdict)
        label = f"{found.name} {found.score:.2f}" if found.name else f"? {found.score:.2f}"
        drawn.append(DrawnObject(box_from(found.box), outline, label, verdict))
    return drawn


def product_json(product: catalogue_pb2.Product) -> dict[str, Any]:
    """A product as a JSON object."""
    return {
        "product_id": product.product_id,
        "name": product.name,
        "store": product.store,
        "active": product.active,
        "references": product.references,
        "attributes": json_format.MessageToDict(product.attributes),
    }


def details_json(details: catalogue_pb2.GetProductResponse) -> dict[str, Any]:
    """A product and its references as a JSON object."""
    references = [
        {
            "photo_id": one.photo_id,
            "rotations": one.rotations,
            "active": one.active,
            "attributes": json_format.MessageToDict(one.attributes),
        }
        for one in details.references
    ]
    return {"product": product_json(details.product), "references": references}


def rebuild_json(last: catalogue_pb2.RebuildResponse) -> dict[str, Any]:
    """The result of a rebuild, from its last message, as a JSON object."""
    return {
        "gallery": last.gallery,
        "replaces": last.replaces,
        "embedded": last.embedded,
        "relabelled": last.relabelled,
        "removed": last.removed,
        "tried": last.tried,
        "found": last.found,
        "missing_count": last.missing_count,
        "missing": [
            {"photo_id": one.photo_id, "product_id": one.product_id, "store": one.store, "reason": one.reason}
            for one in last.missing
        ],
    }


def version_json(version: catalogue_pb2.GalleryVersion) -> dict[str, Any]:
    """A gallery version as a JSON object; `rows` is None if the collection is not loaded."""
    state = catalogue_pb2.GalleryState.Name(version.state)
    return {
        "gallery": version.gallery,
        "state": state.removeprefix("GALLERY_STATE_").lower(),
        "embedder": version.embedder,
        "embedder_fingerprint": version.embedder_fingerprint,
        "rotations": version.rotations,
        "rows": version.rows if version.HasField("rows") else None,
    }


def gallery_json(gallery: catalogue_pb2.DescribeGalleryResponse) -> dict[str, Any]:
    """Counts, versions and calibration of the live gallery as a JSON object."""
    return {
        "gallery": gallery.gallery,
        "embedder_fingerprint": gallery.embedder_fingerprint,
        "dimension": gallery.dimension,
        "products": gallery.products,
        "references": gallery.references,
        "rows": gallery.rows,
        "calibration": json_format.MessageToDict(
            gallery.calibration, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
        ),
    }
