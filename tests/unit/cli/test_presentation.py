"""Answers of the service as JSON, tables and drawn objects."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from tillsight.cli.presentation import (
    STEPS,
    answer_json,
    answer_table,
    details_json,
    drawn_objects,
    gallery_json,
    product_json,
    rebuild_json,
    version_json,
)
from tillsight.domain.geometry import Box
from tillsight.domain.recognition_results import Verdict
from tillsight.v1 import catalogue_pb2, recognition_pb2


@pytest.fixture
def answer() -> recognition_pb2.RecognizeResponse:
    """A known and an unknown object."""
    candidate = recognition_pb2.Candidate(
        product_id="p", name="[red] tea", score=0.98764, reference_id="r-000", photo_id="r", store="north"
    )
    candidate.attributes.update({"vat": 7})
    known = recognition_pb2.RecognizedObject(
        box=recognition_pb2.Box(x=1.006, y=2, width=30, height=40),
        mask=recognition_pb2.Polygon(xy=[1.006, 2, 31, 2, 31, 42]),
        segmentation_score=0.987654,
        product_id="p",
        name="[red] tea",
        score=0.98764,
        probability=0.912345,
        verdict=recognition_pb2.VERDICT_KNOWN,
        candidates=[candidate],
    )
    unknown = recognition_pb2.RecognizedObject(
        box=recognition_pb2.Box(x=50, y=2, width=30, height=40), verdict=recognition_pb2.VERDICT_UNKNOWN, score=0.25
    )
    versions = recognition_pb2.Versions(segmenter="unet:1:a", embedder="vgg:1:b", gallery="gallery_b_1")
    return recognition_pb2.RecognizeResponse(
        width=120, height=80, objects=[known, unknown], timings_ms={"total": 12.376, "decode": 1.0}, versions=versions
    )


def test_an_answer_as_json_has_rounded_numbers_and_the_steps_in_order(
    answer: recognition_pb2.RecognizeResponse,
) -> None:
    found = answer_json("tea.jpg", answer)
    assert (found["photo"], found["width"], found["height"]) == ("tea.jpg", 120, 80)
    assert list(found["timings_ms"].items()) == [("decode", 1.0), ("total", 12.38)]
    assert found["versions"] == {"segmenter": "unet:1:a", "embedder": "vgg:1:b", "gallery": "gallery_b_1"}
    known, unknown = found["objects"]
    assert known["box"] == [1.01, 2, 30, 40] and known["mask"] == [1.01, 2, 31, 2, 31, 42]
    assert (known["score"], known["probability"], known["segmentation_score"]) == (0.9876, 0.9123, 0.9877)
    assert (known["verdict"], unknown["verdict"]) == ("known", "unknown")
    assert known["candidates"] == [
        {
            "product_id": "p",
            "name": "[red] tea",
            "score": 0.9876,
            "reference_id": "r-000",
            "photo_id": "r",
            "store": "north",
            "attributes": {"vat": 7},
        }
    ]
    assert unknown["candidates"] == [] and STEPS[-1] == "total"


def test_a_table_shows_each_object_and_names_with_brackets_unchanged(
    answer: recognition_pb2.RecognizeResponse,
) -> None:
    console = Console(file=io.StringIO(), width=200)
    console.print(answer_table("[a].jpg", answer))
    printed = console.file.getvalue()  # type: ignore[attr-defined]
    assert "[a].jpg: 2 objects in 12 ms" in printed
    assert "[red] tea" in printed and "known" in printed and "unknown" in printed and "?" in printed


def test_objects_are_drawn_with_their_outline_and_name(answer: recognition_pb2.RecognizeResponse) -> None:
    known, unknown = drawn_objects(answer)
    assert known.label == "[red] tea 0.99" and unknown.label == "? 0.25"
    assert known.verdict is Verdict.KNOWN and unknown.box == Box(50, 2, 30, 40)
    assert known.outline[1:] == ((31, 2), (31, 42))


def test_a_product_and_its_references_as_json_keep_their_fields() -> None:
    product = catalogue_pb2.Product(product_id="p", name="Tea", store="north", active=True, references=1)
    product.attributes.update({"vat": 7})
    reference = catalogue_pb2.ProductReference(photo_id="r", rotations=4, active=True)
    details = catalogue_pb2.GetProductResponse(product=product, references=[reference])
    expected = {
        "product_id": "p",
        "name": "Tea",
        "store": "north",
        "active": True,
        "references": 1,
        "attributes": {"vat": 7},
    }
    assert product_json(product) == expected
    assert details_json(details) == {
        "product": expected,
        "references": [{"photo_id": "r", "rotations": 4, "active": True, "attributes": {}}],
    }


def test_a_rebuild_as_json_lists_the_missing_photos() -> None:
    missing = catalogue_pb2.MissingPhoto(photo_id="r", product_id="p", store="", reason="gone")
    last = catalogue_pb2.RebuildResponse(gallery="new", replaces="old", embedded=3, missing_count=1, missing=[missing])
    found = rebuild_json(last)
    assert (found["gallery"], found["replaces"], found["embedded"], found["missing_count"]) == ("new", "old", 3, 1)
    assert found["missing"] == [{"photo_id": "r", "product_id": "p", "store": "", "reason": "gone"}]


@pytest.mark.parametrize("rows", [8, 0, None])
def test_a_version_as_json_has_no_row_count_if_it_is_not_loaded(rows: int | None) -> None:
    version = catalogue_pb2.GalleryVersion(
        gallery="gallery_aa_1", state="GALLERY_STATE_KEPT", embedder="vgg", embedder_fingerprint="aa", rotations=4
    )
    if rows is not None:
        version.rows = rows
    assert version_json(version) == {
        "gallery": "gallery_aa_1",
        "state": "kept",
        "embedder": "vgg",
        "embedder_fingerprint": "aa",
        "rotations": 4,
        "rows": rows,
    }


def test_a_gallery_as_json_has_every_weight_of_its_calibration() -> None:
    calibration = catalogue_pb2.Calibration(known_from=0.75)
    gallery = catalogue_pb2.DescribeGalleryResponse(gallery="g", products=2, rows=8, calibration=calibration)
    found = gallery_json(gallery)
    assert (found["gallery"], found["products"], found["rows"]) == ("g", 2, 8)
    assert found["calibration"]["known_from"] == 0.75 and found["calibration"]["best_weight"] == 0
