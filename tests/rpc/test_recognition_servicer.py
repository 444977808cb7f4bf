"""Recognize over a real channel: answers, and the status and message of every failure."""

from __future__ import annotations

from typing import Any

import grpc
import numpy as np
import pytest
from PIL import Image

from support.pictures import BLUE, RED, counter, encode, png, quarters, textured
from support.recognize_calls import recognize, trouble
from support.server import MAX_PHOTO_BYTES, RunningServer
from tillsight.domain.errors import FingerprintMismatch, Unavailable
from tillsight.v1 import catalogue_pb2, recognition_pb2
from tillsight.v1.recognition_pb2 import Box


async def enrol_red_and_blue(running: RunningServer, **fields: Any) -> None:
    requests = [
        catalogue_pb2.EnrolProductsRequest(
            product_id=name, name=name.title(), photo=encode(counter(((40, 20, 40, 40), colour))), **fields
        )
        for name, colour in (("red", RED), ("blue", BLUE))
    ]
    answer = await running.catalogue.EnrolProducts(iter(requests), timeout=20)
    assert (answer.enrolled, list(answer.refused)) == (2, [])


async def test_a_photo_comes_back_as_labelled_boxes(running: RunningServer) -> None:
    await enrol_red_and_blue(running)
    answer = await recognize(running)
    assert (answer.width, answer.height) == (120, 80)
    boxes = {
        found.product_id: (found.box.x, found.box.y, found.box.width, found.box.height) for found in answer.objects
    }
    assert boxes["red"] == pytest.approx((8, 10, 30, 30), abs=1)
    assert boxes["blue"] == pytest.approx((70, 30, 30, 40), abs=1)
    assert {found.verdict for found in answer.objects} == {recognition_pb2.VERDICT_KNOWN}
    assert len(answer.objects[0].mask.xy) >= 8
    assert answer.timings_ms["total"] > 0 and answer.versions.gallery == running.fakes.gallery.version


async def test_masks_come_as_run_lengths_on_request(running: RunningServer) -> None:
    assert not any(found.HasField("mask_runs") for found in (await recognize(running)).objects)
    answer = await recognize(running, run_lengths=True)
    for found in answer.objects:
        runs = list(found.mask_runs.counts)
        assert sum(runs) == 120 * 80
        assert sum(runs[1::2]) == pytest.approx(found.box.width * found.box.height, rel=0.1)  # they are rectangles


async def test_an_empty_gallery_gives_boxes_with_unknown(running: RunningServer) -> None:
    answer = await recognize(running)
    assert [found.verdict for found in answer.objects] == [recognition_pb2.VERDICT_UNKNOWN] * 2
    assert all(found.product_id == "" and found.box.width > 0 for found in answer.objects)


async def test_regions_candidates_and_store_reach_the_recogniser(running: RunningServer) -> None:
    await enrol_red_and_blue(running, store="north")
    region = Box(x=0, y=0, width=60, height=60)
    answer = await recognize(running, regions=[region], max_candidates=1, store="north")
    assert [found.box for found in answer.objects] == [region]
    assert [candidate.store for candidate in answer.objects[0].candidates] == ["north"]
    elsewhere = await recognize(running, regions=[region], store="south")
    assert not elsewhere.objects[0].candidates


@pytest.mark.parametrize(
    ("photo", "reason"),
    [
        pytest.param(b"", "empty", id="no bytes"),
        pytest.param(encode(textured(), "JPEG")[:1500], "ends early", id="truncated JPEG"),
        pytest.param(b"hello, this is text", "not a JPEG", id="text"),
        pytest.param(encode(quarters(), "GIF"), "not a JPEG", id="GIF"),
        pytest.param(png(60_000, 60_000), "too large", id="60,000 x 60,000"),
        pytest.param(png(1_001, 1_000), "1001 x 1000", id="over the pixel limit"),
        pytest.param(encode(quarters(1, 1)), "1 x 1", id="1 x 1"),
        pytest.param(bytes(MAX_PHOTO_BYTES + 1), str(MAX_PHOTO_BYTES), id="over the size limit"),
        pytest.param(bytes(2 * MAX_PHOTO_BYTES), str(MAX_PHOTO_BYTES), id="twice the size limit"),
    ],
)
async def test_an_invalid_photo_is_an_invalid_argument_with_the_reason(
    running: RunningServer, photo: bytes, reason: str
) -> None:
    code, message = await trouble(running, photo)
    assert code is grpc.StatusCode.INVALID_ARGUMENT and reason in message
    assert running.fakes.segmenter.step.calls == 0


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        pytest.param({"max_candidates": 51}, "max_candidates is 51", id="too many candidates"),
        pytest.param({"regions": [Box(width=1, height=1)] * 201}, "201 regions", id="too many regions"),
        pytest.param({"regions": [Box(x=100, width=50, height=10)]}, "region 0", id="region outside"),
        pytest.param({"regions": [Box()]}, "region 0", id="empty region"),
    ],
)
async def test_a_request_out_of_bounds_is_an_invalid_argument(
    running: RunningServer, fields: dict, reason: str
) -> None:
    code, message = await trouble(running, **fields)
    assert code is grpc.StatusCode.INVALID_ARGUMENT and reason in message


async def test_a_photo_with_exif_orientation_is_answered_upright(running: RunningServer) -> None:
    turned = np.rot90(counter(((8, 10, 30, 30), RED)))  # as a rotated camera stores it
    exif = Image.Exif()
    exif[0x0112] = 6
    answer = await recognize(running, encode(np.ascontiguousarray(turned), "JPEG", quality=95, exif=exif))
    assert (answer.width, answer.height) == (120, 80)
    (found,) = answer.objects
    assert (found.box.x, found.box.y) == pytest.approx((8, 10), abs=1.5)


@pytest.mark.parametrize(("step", "server"), [("segment", "Triton"), ("embed", "Triton"), ("search", "Milvus")])
async def test_an_unavailable_server_is_named(running: RunningServer, step: str, server: str) -> None:
    running.fakes.steps[step].error = Unavailable(server, "connection refused")
    code, message = await trouble(running)
    assert code is grpc.StatusCode.UNAVAILABLE and message == f"{server} is unavailable: connection refused"


async def test_a_gallery_of_another_embedder_is_a_failed_precondition(running: RunningServer) -> None:
    running.fakes.gallery.step.error = FingerprintMismatch("gallery_aa_1", "aa", "bb")
    code, message = await trouble(running)
    assert code is grpc.StatusCode.FAILED_PRECONDITION and " aa" in message and " bb" in message


async def test_an_unexpected_error_is_internal_and_reveals_no_details(running: RunningServer) -> None:
    running.fakes.embedder.step.error = RuntimeError("secret path /srv/models and a password")
    code, message = await trouble(running)
    assert code is grpc.StatusCode.INTERNAL
    assert "secret" not in message and "RuntimeError" not in message and "/srv" not in message
