"""The calibration of a gallery over a real channel: set, described, used by the next answer and exported."""

from __future__ import annotations

from dataclasses import asdict

import grpc
import pytest

from support.fakes import FakeEmbedder
from support.gallery_messages import HEADER, message
from support.pictures import RED, counter, encode
from support.server import RunningServer
from tillsight.recognition.calibration import Calibration as DomainCalibration
from tillsight.v1 import recognition_pb2
from tillsight.v1.catalogue_pb2 import (
    Calibration,
    DescribeGalleryRequest,
    EnrolProductsRequest,
    ExportGalleryRequest,
    GalleryHeader,
    LoadGalleryRequest,
    SetCalibrationRequest,
)

ALL_UNKNOWN = DomainCalibration(enrolled_intercept=-100.0, enrolled_weight=1.0)
"""Every object is UNKNOWN."""


def calibration_message(calibration: DomainCalibration) -> Calibration:
    return Calibration(**asdict(calibration))


async def test_the_next_answer_uses_the_calibration_that_was_set(running: RunningServer) -> None:
    photo = encode(counter(((40, 20, 40, 40), RED)))
    request = EnrolProductsRequest(product_id="p-red", name="Tea", photo=photo)
    await running.catalogue.EnrolProducts(iter([request]), timeout=20)

    async def verdict() -> int:
        answer = await running.recognition.Recognize(recognition_pb2.RecognizeRequest(photo=photo), timeout=20)
        return int(answer.objects[0].verdict)

    assert await verdict() == recognition_pb2.VERDICT_KNOWN
    setting = SetCalibrationRequest(
        calibration=calibration_message(ALL_UNKNOWN), embedder_fingerprint=FakeEmbedder.fingerprint
    )
    assert (await running.catalogue.SetCalibration(setting, timeout=20)).gallery == running.fakes.gallery.version
    assert await verdict() == recognition_pb2.VERDICT_UNKNOWN
    described = await running.catalogue.DescribeGallery(DescribeGalleryRequest(), timeout=20)
    assert described.calibration == calibration_message(ALL_UNKNOWN)


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (SetCalibrationRequest(embedder_fingerprint=FakeEmbedder.fingerprint), "the request has no calibration"),
        (
            SetCalibrationRequest(calibration=calibration_message(ALL_UNKNOWN), embedder_fingerprint="aa"),
            "fitted to embedder aa",
        ),
        (
            SetCalibrationRequest(
                calibration=Calibration(known_from=float("nan")), embedder_fingerprint=FakeEmbedder.fingerprint
            ),
            "known_from is nan",
        ),
    ],
    ids=["none", "another embedder's", "no number"],
)
async def test_a_calibration_that_cannot_be_used_is_refused(
    running: RunningServer, request_: SetCalibrationRequest, reason: str
) -> None:
    with pytest.raises(grpc.aio.AioRpcError, match=reason) as caught:
        await running.catalogue.SetCalibration(request_, timeout=20)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert running.fakes.gallery.calibration is None


async def test_an_empty_gallery_takes_the_calibration_of_the_rows_loaded(running: RunningServer) -> None:
    header = GalleryHeader()
    header.CopyFrom(HEADER)
    header.calibration.CopyFrom(calibration_message(ALL_UNKNOWN))
    await running.catalogue.LoadGallery(iter([LoadGalleryRequest(header=header, rows=[message()])]), timeout=20)
    assert running.fakes.gallery.calibration == ALL_UNKNOWN
    exported = [one async for one in running.catalogue.ExportGallery(ExportGalleryRequest(), timeout=20)]
    assert exported[0].header.calibration == calibration_message(ALL_UNKNOWN)


async def test_a_gallery_with_rows_keeps_its_own_calibration(running: RunningServer) -> None:
    await running.catalogue.LoadGallery(iter([LoadGalleryRequest(header=HEADER, rows=[message()])]), timeout=20)
    assert running.fakes.gallery.calibration is None
    header = GalleryHeader()
    header.CopyFrom(HEADER)
    header.calibration.CopyFrom(calibration_message(ALL_UNKNOWN))
    await running.catalogue.LoadGallery(iter([LoadGalleryRequest(header=header, rows=[message()])]), timeout=20)
    assert running.fakes.gallery.calibration is None
