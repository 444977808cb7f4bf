"""Galleries and query objects are made as the service makes them, here on fakes of its networks."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from rich.progress import Progress

from evaluation.manifests import Entry
from evaluation.scenes import CounterScene
from evaluation.segmented_photos import ROTATIONS, enrol_photos, objects_of_scenes
from support.fakes import FakeEmbedder, FakeSegmenter
from support.pictures import BLUE, RED, counter, encode
from tillsight.domain.errors import InvalidManifest

RED_BOX, BLUE_BOX = (8, 10, 30, 30), (70, 30, 30, 40)


@pytest.fixture
def entries(tmp_path: Path) -> list[Entry]:
    for name, colour in (("red", RED), ("blue", BLUE)):
        (tmp_path / f"{name}.png").write_bytes(encode(counter(((40, 20, 40, 40), colour))))
    return [Entry(name, tmp_path / f"{name}.png") for name in ("red", "blue")]


def annotation(number: int, box: tuple[int, int, int, int]) -> dict[str, object]:
    x, y, width, height = box
    corners = [x, y, x + width, y, x + width, y + height, x, y + height]
    return {"id": number, "segmentation": [corners], "bbox": list(box)}


def test_photos_are_enrolled_at_every_rotation(entries: list[Entry]) -> None:
    gallery = enrol_photos(entries, FakeSegmenter(), FakeEmbedder(), Progress(disable=True))  # type: ignore[arg-type]
    assert len(gallery.rows) == 2 * ROTATIONS
    assert {row.product_id for row in gallery.rows.values()} == {"red", "blue"}


def test_a_photo_that_enrolment_refuses_is_named(entries: list[Entry]) -> None:
    entries[1].image.write_bytes(b"no photo")
    with pytest.raises(InvalidManifest, match=r"blue\.png.*'blue'.*not a JPEG"):
        enrol_photos(entries, FakeSegmenter(), FakeEmbedder(), Progress(disable=True))  # type: ignore[arg-type]


def test_an_object_has_the_label_of_the_annotation_that_it_matches(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    path = tmp_path / "images" / "counter.png"
    path.write_bytes(encode(counter((RED_BOX, RED), (BLUE_BOX, BLUE))))
    scene = CounterScene(path, (annotation(1, RED_BOX),), ("red",))  # the blue object is not annotated
    found = objects_of_scenes([scene], FakeSegmenter(), FakeEmbedder(), Progress(disable=True))  # type: ignore[arg-type]
    assert sorted(found.labels) == ["", "red"] and list(found.photos) == [0, 0]
    assert not found.fragments.any() and (found.scores > 0.9).all()
    red = found.vectors[list(found.labels).index("red")]
    assert found.vectors.shape == (2, 3) and red.argmax() == 0


def test_a_part_of_an_annotated_object_is_a_fragment(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    path = tmp_path / "images" / "counter.png"
    path.write_bytes(encode(counter((RED_BOX, RED))))
    x, y, width, height = RED_BOX
    scene = CounterScene(path, (annotation(1, (x, y, 3 * width, height)),), ("red",))
    found = objects_of_scenes([scene], FakeSegmenter(), FakeEmbedder(), Progress(disable=True))  # type: ignore[arg-type]
    assert list(found.labels) == [""] and list(found.fragments) == [True]


def test_photos_without_objects_give_no_vectors(tmp_path: Path) -> None:
    path = tmp_path / "counter.png"
    assert cv2.imwrite(str(path), np.full((80, 120, 3), 255, np.uint8))
    scene = CounterScene(path, (), ())
    found = objects_of_scenes([scene], FakeSegmenter(), FakeEmbedder(), Progress(disable=True))  # type: ignore[arg-type]
    assert found.vectors.shape == (0, 3) and len(found.labels) == 0
