"""The gRPC server on fakes."""

from __future__ import annotations

from dataclasses import dataclass

import grpc

from support.fakes import FakeService
from tillsight.rpc.server import Server
from tillsight.v1 import catalogue_pb2_grpc, recognition_pb2_grpc

MAX_PHOTO_BYTES = 200_000
MAX_CONCURRENT_CALLS = 3


def server_on(service: FakeService) -> Server:
    """A server that is not started yet."""
    return Server(
        service.recognizer,
        service.catalogue,
        service.rebuilder,
        max_photo_bytes=MAX_PHOTO_BYTES,
        max_concurrent_calls=MAX_CONCURRENT_CALLS,
        default_deadline_s=20,
        enrol_deadline_s=20,
    )


@dataclass
class RunningServer:
    """The running server, its fakes, and a channel to it."""

    server: Server
    fakes: FakeService
    port: int
    channel: grpc.aio.Channel

    @property
    def recognition(self) -> recognition_pb2_grpc.RecognitionServiceStub:
        return recognition_pb2_grpc.RecognitionServiceStub(self.channel)

    @property
    def catalogue(self) -> catalogue_pb2_grpc.CatalogueServiceStub:
        return catalogue_pb2_grpc.CatalogueServiceStub(self.channel)
