"""Found objects matched with annotated ones, and the figures of whole checkouts, against values worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from evaluation import endtoend_report, scenes
from evaluation.endtoend import Checkout, Found, figures
from evaluation.scenes import Scene
from segmentation.dataset import InvalidTrainingData
from support.pictures import RED, counter, encode
from tillsight.client.manifest import ManifestRow
from tillsight.imaging.polygons import rectangle_polygon
from tillsight.v1 import recognition_pb2 as pb

HELD = {"tea", "milk"}
SHAPE = (100, 200)


def mask(x: int, y: int, width: int, height: int) -> np.ndarray:
    drawn = np.zeros(SHAPE, bool)
    drawn[y : y + height, x : x + width] = True
    return drawn


def test_objects_match_above_half_their_union_each_annotated_one_once() -> None:
    masks = [mask(0, 0, 40, 40), mask(40, 0, 40, 40)]
    found = [
        rectangle_polygon(0, 0, 40, 30),  # three quarters of the first
        rectangle_polygon(0, 0, 80, 40),  # both: half of its union with each, no more
        rectangle_polygon(50, 0, 30, 40),
        rectangle_polygon(120, 0, 40, 40),  # on no product
        rectangle_polygon(70, 0, 40, 40),  # a corner of the second
        rectangle_polygon(45, 0, 35, 40),  # the second once more
    ]

    matching = scenes.match(found, masks, SHAPE)

    assert matching.owners == (0, None, 1, None, None, None)
    assert matching.things == (False, False, False, True, False, False)


def test_in_a_photo_without_products_all_that_is_found_are_things() -> None:
    assert scenes.match([rectangle_polygon(0, 0, 9, 9)], [], SHAPE) == scenes.Matching((None,), (True,))


def found(truth: str | None, verdict: str, *candidates: str, probability: float = 0.9) -> Found:
    named = candidates[0] if candidates and verdict != "UNKNOWN" else ""
    answer = pb.RecognizedObject(
        verdict=pb.Verdict.Value(f"VERDICT_{verdict}"),
        product_id=named,
        probability=probability,
        mask=pb.Polygon(xy=[10, 10, 50, 10, 50, 50, 10, 50]),
        candidates=[pb.Candidate(product_id=one, name=one, score=0.8, photo_id="") for one in candidates],
    )
    return Found(answer, truth)


def checkout(labels: list[str], *objects: Found, path: Path = Path("images/1.jpg")) -> Checkout:
    return Checkout(Scene(path, (), tuple(labels)), objects)


CHECKOUTS = [
    checkout(["tea", "milk"], found("tea", "KNOWN", "tea"), found("milk", "AMBIGUOUS", "milk", "tea")),
    checkout(["tea", "tea"], found("tea", "KNOWN", "tea"), found("tea", "UNKNOWN", "tea")),  # one booked, two there
    checkout(["milk", "jam"], found("milk", "KNOWN", "tea", "milk"), found("jam", "KNOWN", "tea")),
    checkout(["jam"], found("jam", "UNKNOWN", "tea"), found("", "UNKNOWN", "milk")),  # nothing to book, nothing booked
]


def test_figures_equal_hand_computed_values() -> None:
    told = figures(CHECKOUTS, HELD, {"tea": "hot", "milk": "cold"})

    assert told["f1"] == pytest.approx(2 * 3 / (5 + 5))  # 3 right of 5 booked, 5 of the gallery's products there
    assert told["checkout_accuracy"] == 2 / 4
    assert told["top1"] == 3 / 5 and told["top1_nearest"] == 4 / 5
    assert (told["found"], told["n_objects"]) == (1.0, 5)
    assert told["known_share"] == 3 / 5 and told["wrong_of_known"] == 2 / 4
    assert told["strangers_rejected"] == 2 / 3 and told["n_strangers"] == 3
    assert told["pieces_rejected"] is None
    assert told["ece"] == pytest.approx(0.9 - 4 / 8)  # all stated 0.9; 4 of 8 best candidates are right
    assert told["by_group"]["hot"] == {"top1": 2 / 3, "top1_nearest": 1.0, "found": 1.0, "n_objects": 3}
    assert told["by_group"]["cold"]["top1"] == 1 / 2
    assert "by_tuning" not in told


def test_a_piece_that_is_booked_makes_the_checkout_wrong() -> None:
    twice = checkout(["tea"], found("tea", "KNOWN", "tea"), found(None, "KNOWN", "tea"))

    told = figures([twice], HELD, {}, tuned={"tea"})

    assert told["checkout_accuracy"] == 0.0 and told["f1"] == pytest.approx(2 / 3)
    assert told["pieces_rejected"] == 0.0 and told["ece"] == pytest.approx(0.9 - 1 / 2)
    assert told["by_tuning"]["tuned"]["top1"] == 1.0 and told["by_tuning"]["unseen"]["top1"] is None


def test_an_empty_counter_is_right_where_nothing_is_booked() -> None:
    assert figures([checkout([])], HELD, {})["checkout_accuracy"] == 1.0


def test_the_report_shows_what_was_seen_what_it_was_taken_for_and_what_it_is(tmp_path: Path) -> None:
    photo = tmp_path / "counter.png"
    photo.write_bytes(encode(counter(((10, 10, 40, 40), RED))))
    rows = [ManifestRow(2, product, product, photo) for product in ("tea", "milk")]
    wrong = checkout(["milk"], found("milk", "KNOWN", "tea", "milk", probability=0.75), path=photo)
    right = checkout(["tea"], found("tea", "KNOWN", "tea"), path=photo)
    report = tmp_path / "report.html"

    endtoend_report.write(report, [right, wrong], rows, HELD, figures([right, wrong], HELD, {}))

    text = report.read_text(encoding="utf-8")
    assert "The worst 1 of 1 mistakes" in text and "tea, probability 0.75" in text and "milk, 0.800" in text
    assert text.count("<img") >= 2 and "checkout_accuracy" in text and 'src="http' not in text


def test_scenes_are_read_with_a_label_for_each_object(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "1.png").write_bytes(encode(counter(((10, 10, 40, 40), RED))))
    square = [[10, 10, 50, 10, 50, 50, 10, 50]]
    document = {
        "images": [{"id": 7, "file_name": "1.png"}],
        "categories": [{"id": 3, "name": "tea"}],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 3, "segmentation": square},
            {"id": 2, "image_id": 7, "category_id": 3, "segmentation": square, "iscrowd": 1},
        ],
    }
    (tmp_path / "annotations.json").write_text(json.dumps(document))

    (scene,) = scenes.read(tmp_path)

    assert scene.labels == ("tea",) and scene.path == tmp_path / "images" / "1.png"
    (drawn,) = scene.masks(SHAPE)
    assert drawn.sum() == 1600
    document["annotations"][0]["category_id"] = 4
    (tmp_path / "annotations.json").write_text(json.dumps(document))
    with pytest.raises(InvalidTrainingData, match="no listed category"):
        scenes.read(tmp_path)
