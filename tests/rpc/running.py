"""The server under test, and what it stands on."""

from __future__ import annotations

from dataclasses import dataclass

import grpc

from fakes import World
from tillsight.rpc.server import Server
from tillsight.v1 import catalogue_pb2_grpc, recognition_pb2_grpc

MAX_PHOTO_BYTES = 200_000
PLACES = 3


def server_on(world: World) -> Server:
    """A server that has not started yet."""
    return Server(
        world.recognizer,
        world.catalogue,
        world.rebuilder,
        max_photo_bytes=MAX_PHOTO_BYTES,
        max_concurrent_calls=PLACES,
        default_deadline_s=20,
        enrol_deadline_s=20,
    )


@dataclass
class Running:
    """The server under test, its fakes, and a channel to it."""

    server: Server
    world: World
    port: int
    channel: grpc.aio.Channel

    @property
    def recognition(self) -> recognition_pb2_grpc.RecognitionServiceStub:
        return recognition_pb2_grpc.RecognitionServiceStub(self.channel)

    @property
    def catalogue(self) -> catalogue_pb2_grpc.CatalogueServiceStub:
        return catalogue_pb2_grpc.CatalogueServiceStub(self.channel)
