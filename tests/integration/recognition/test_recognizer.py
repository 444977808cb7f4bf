"""Real photos through the complete service: real Triton, Milvus Lite and the real Milvus server."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from support.paths import TEST_DATA
from support.scenes import Counter, counter, grocery_rows, jpeg, overlap, studio_reference
from tillsight.client.client import Client
from tillsight.v1 import catalogue_pb2, recognition_pb2

pytestmark = pytest.mark.skipif(not TEST_DATA.is_dir(), reason=f"no photos for testing at {TEST_DATA}")
ENROLLED = [
    "food-apple_granny_smith",
    "food-apple_red",
    "food-avocado",
    "food-broccoli",
    "food-corn",
    "food-eggplant",
    "food-garlic",
    "food-kiwi",
    "food-lemon",
    "food-lettuce",
    "food-orange",
    "food-pear",
    "food-pineapple",
    "food-pomegranate",
    "food-potato",
    "food-pumpkin_small",
    "food-tomato",
    "food-yellowpepper",
    "household-teapot",
    "household-rubberduck",
    "hobbies-camera_35mm",
    "sports-basketball",
    "sports-tennis_ball",
]
OUT_OF_GALLERY = "household-hammer"
PACKS = {"Oatly-Oat-Milk", "Bravo-Orange-Juice", "Arla-Sour-Cream", "Alpro-Blueberry-Soyghurt", "Valio-Vanilla-Yoghurt"}
"""Packs that six photos describe well; `tools/evaluate.py retrieval` has the figures of all 81 classes."""


def whole(photo: bytes) -> recognition_pb2.Box:
    """All of a photo as a region: the dataset's photos show shelves and hands, which are not to be segmented."""
    height, width = cv2.imdecode(np.frombuffer(photo, np.uint8), cv2.IMREAD_COLOR).shape[:2]
    return recognition_pb2.Box(width=width, height=height)


@pytest.fixture(scope="session")
def shop(client: Client) -> Client:
    """The service with the cut-outs and some of the Grocery Store Dataset's packs enrolled."""
    answer = client.enrol([studio_reference(name) for name in ENROLLED], timeout_s=240)
    assert (answer.enrolled, len(answer.refused)) == (len(ENROLLED), 0)
    packs = [
        catalogue_pb2.EnrolProductsRequest(
            product_id=label, name=label.replace("-", " "), photo=photo, store="packs", region=whole(photo)
        )
        for label, photo in grocery_rows("gallery_train.csv", PACKS, per_class=6)
    ]
    assert client.enrol(packs, timeout_s=240).enrolled == len(packs)
    return client


def named(answer: recognition_pb2.RecognizeResponse, scene: Counter) -> dict[str, str]:
    """The product id of the answer's box on each true object, by its label; "missed" without such a box."""
    named_as = {}
    for label, box in scene.truth:
        best = max(answer.objects, key=lambda found: overlap(found.box, box), default=None)
        hit = best is not None and overlap(best.box, box) > 0.5
        named_as[label] = best.product_id if best is not None and hit else "missed"
    return named_as


@pytest.mark.parametrize(
    ("seed", "touching", "fragments"),
    [(1, 0.0, 0), (2, 0.0, 0), (3, 0.7, 0), (4, 0.7, 1)],  # in the last one a tomato's stalk may be a separate fragment
)
def test_every_product_on_a_counter_is_found_and_named(
    shop: Client, seed: int, touching: float, fragments: int
) -> None:
    names = [str(name) for name in np.random.default_rng(seed).choice(ENROLLED, 8, replace=False)]
    scene = counter(names, seed, touching)
    answer = shop.recognize(scene.photo, timeout_s=60)
    assert (answer.width, answer.height) == (1200, 900)
    assert named(answer, scene) == {label: label for label, _ in scene.truth}
    assert len(scene.truth) <= len(answer.objects) <= len(scene.truth) + fragments


def test_an_out_of_gallery_product_is_unknown_and_has_no_product_id(shop: Client) -> None:
    scene = counter([OUT_OF_GALLERY], seed=5, touching=0.0)
    (found,) = shop.recognize(scene.photo, timeout_s=60).objects
    assert found.verdict == recognition_pb2.VERDICT_UNKNOWN
    assert (found.product_id, found.name) == ("", "")
    assert found.candidates


def test_a_photo_turned_by_exif_gets_boxes_on_the_upright_picture(shop: Client) -> None:
    scene = counter(["food-orange", "food-pineapple"], seed=6, touching=0.0)
    pixels = cv2.cvtColor(cv2.imdecode(np.frombuffer(scene.photo, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    # Orientation 6: the stored picture is the upright one rotated by 90 degrees counter-clockwise.
    stored = jpeg(np.ascontiguousarray(np.rot90(pixels)))
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
    turned = stored[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + stored[2:]
    answer = shop.recognize(turned, timeout_s=60)
    assert (answer.width, answer.height) == (1200, 900)
    assert named(answer, scene) == {label: label for label, _ in scene.truth}


def test_an_empty_counter_has_no_objects(shop: Client) -> None:
    scene = counter([], seed=8, touching=0.0)
    answer = shop.recognize(scene.photo, timeout_s=60)
    assert list(answer.objects) == []
    assert answer.versions.gallery.startswith("gallery_")
    assert "embed" not in answer.timings_ms


def test_shop_photos_of_packs_are_named_as_whole_photos(shop: Client) -> None:
    asked = {label: 0 for label in PACKS}
    right = {label: 0 for label in PACKS}
    for label, photo in grocery_rows("queries_val.csv", PACKS, per_class=5):
        (found,) = shop.recognize(photo, store="packs", regions=[whole(photo)], timeout_s=60).objects
        asked[label] += 1
        right[label] += found.candidates[0].product_id == label
    assert all(right[label] >= 0.8 * asked[label] for label in PACKS), right
    assert sum(right.values()) >= 0.92 * sum(asked.values()), right


def test_products_of_a_store_are_visible_to_that_store_only(shop: Client) -> None:
    (label, photo) = grocery_rows("gallery_train.csv", {"Oatly-Oat-Milk"}, per_class=1)[0]
    region = [recognition_pb2.Box(width=300, height=300)]
    candidates = {
        store: [c.product_id for c in shop.recognize(photo, store=store, regions=region).objects[0].candidates]
        for store in ("packs", "", 'packs" or store != "')
    }
    assert candidates["packs"][0] == label
    assert not PACKS & set(candidates[""])
    assert not PACKS & set(candidates['packs" or store != "'])
