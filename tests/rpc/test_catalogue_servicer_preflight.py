"""CheckReferences over a real channel."""

from __future__ import annotations

import grpc
import pytest

from support.pictures import RED, counter, encode
from support.server import RunningServer
from tillsight.domain.identifiers import compute_photo_id
from tillsight.domain.products import Reference
from tillsight.v1 import catalogue_pb2


@pytest.mark.parametrize("store", ["", "north"])
async def test_references_are_checked_by_their_photo_ids_over_the_channel(running: RunningServer, store: str) -> None:
    photo = encode(counter(((40, 20, 40, 40), RED)))
    request = catalogue_pb2.EnrolProductsRequest(product_id="p1", name="Tea", photo=photo, store=store)
    await running.catalogue.EnrolProducts(iter([request]), timeout=20)
    identity = compute_photo_id(Reference("p1", "Tea", photo, store))
    asked = [
        catalogue_pb2.ReferenceToCheck(product_id="p1", name=name, store=store, photo_id=one)
        for name, one in (("Tea", identity), ("Tea", "0" * 32), ("Chai", identity))
    ]
    answer = await running.catalogue.CheckReferences(catalogue_pb2.CheckReferencesRequest(references=asked), timeout=20)
    assert [one.outcome for one in answer.references] == [
        catalogue_pb2.OUTCOME_UNCHANGED,
        catalogue_pb2.OUTCOME_ENROLLED,
        catalogue_pb2.OUTCOME_REFUSED,
    ]
    assert "'Tea'" in answer.references[2].reason


async def test_too_many_references_to_check_are_an_invalid_argument(running: RunningServer) -> None:
    request = catalogue_pb2.CheckReferencesRequest(references=[catalogue_pb2.ReferenceToCheck()] * 1001)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await running.catalogue.CheckReferences(request, timeout=20)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT and "1000" in (caught.value.details() or "")
