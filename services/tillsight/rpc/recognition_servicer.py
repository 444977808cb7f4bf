"""The servicer of tillsight.v1.RecognitionService. Each method converts the request, awaits, converts the result."""

from __future__ import annotations

import grpc

from tillsight.domain.errors import InvalidInput
from tillsight.domain.limits import MAX_CANDIDATES, MAX_REGIONS
from tillsight.recognition.recognizer import Recognizer, mask_run_lengths
from tillsight.recognition.threads import run_in_thread
from tillsight.rpc.converters import box_from, recognition_to
from tillsight.rpc.deadlines import deadline_of
from tillsight.v1 import recognition_pb2, recognition_pb2_grpc


class RecognitionServicer(recognition_pb2_grpc.RecognitionServiceServicer):
    """Implements tillsight.v1.RecognitionService; recognition.proto documents the calls."""

    def __init__(self, recognizer: Recognizer, default_deadline_s: float) -> None:
        self._recognizer = recognizer
        self._default_deadline_s = default_deadline_s

    async def Recognize(
        self, request: recognition_pb2.RecognizeRequest, context: grpc.aio.ServicerContext
    ) -> recognition_pb2.RecognizeResponse:
        if request.max_candidates > MAX_CANDIDATES:
            raise InvalidInput(f"max_candidates is {request.max_candidates}: ask for {MAX_CANDIDATES} at most")
        if len(request.regions) > MAX_REGIONS:
            raise InvalidInput(f"there are {len(request.regions)} regions: send {MAX_REGIONS} at most")
        deadline = deadline_of(context, self._default_deadline_s)
        recognition = await self._recognizer.recognize(
            request.photo,
            deadline,
            store=request.store,
            regions=[box_from(region) for region in request.regions],
            candidates=request.max_candidates or None,
        )
        run_lengths = await run_in_thread(deadline, mask_run_lengths, recognition) if request.run_lengths else []
        return recognition_to(recognition, run_lengths)
