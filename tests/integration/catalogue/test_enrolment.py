"""What a camera saw becomes a product."""

from __future__ import annotations

import pytest

from support.paths import TEST_DATA
from support.scenes import Counter, counter, overlap
from tillsight.client.client import Client
from tillsight.v1 import recognition_pb2
from tillsight.v1.catalogue_pb2 import EnrolProductsRequest


@pytest.mark.skipif(not TEST_DATA.is_dir(), reason=f"no photos for testing at {TEST_DATA}")
def test_the_box_of_an_unknown_object_becomes_a_product(galleries: dict[str, Client]) -> None:
    for client in galleries.values():
        scene = counter(["household-teapot"], seed=5, touching=0.0)
        found = seen(client, scene)
        assert (found.verdict, found.product_id) == (recognition_pb2.VERDICT_UNKNOWN, "")
        request = EnrolProductsRequest(product_id="teapot", name="Teapot", photo=scene.photo, region=found.box)
        assert client.enrol([request]).enrolled == 1
        again = seen(client, scene)
        assert (again.product_id, again.verdict) == ("teapot", recognition_pb2.VERDICT_KNOWN)
        assert again.score > 0.999  # the same outline, so the same crop
        elsewhere = seen(client, counter(["household-teapot"], seed=9, touching=0.0))
        assert elsewhere.candidates[0].product_id == "teapot"


def seen(client: Client, scene: Counter) -> recognition_pb2.RecognizedObject:
    """The answer's object on the only object of the scene."""
    ((_, box),) = scene.truth
    return max(client.recognize(scene.photo, timeout_s=60).objects, key=lambda found: overlap(found.box, box))
