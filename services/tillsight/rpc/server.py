"""The gRPC server: Tillsight's services, health and reflection on one port."""

from __future__ import annotations

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from tillsight.catalogue.catalogue import Catalogue
from tillsight.domain.errors import StartupError
from tillsight.gallery.rebuild import Rebuilder
from tillsight.recognition.recognizer import Recognizer
from tillsight.rpc.admission import Admission
from tillsight.rpc.catalogue_servicer import CatalogueServicer
from tillsight.rpc.interceptors import CallInterceptor
from tillsight.rpc.recognition_servicer import RecognitionServicer
from tillsight.v1 import catalogue_pb2, catalogue_pb2_grpc, recognition_pb2, recognition_pb2_grpc

SERVICES = tuple(
    descriptor.full_name
    for file in (recognition_pb2, catalogue_pb2)
    for descriptor in file.DESCRIPTOR.services_by_name.values()
)
MESSAGE_SIZE_FACTOR = 4
"""gRPC refuses messages over this many times the photo limit without a reason that helps. Up to that size Tillsight
refuses the photo itself and names the limit."""


class Server:
    """The service's gRPC server. Its health is NOT_SERVING until `set_serving(True)`."""

    def __init__(
        self,
        recognizer: Recognizer,
        catalogue: Catalogue,
        rebuilder: Rebuilder,
        *,
        max_photo_bytes: int,
        max_concurrent_calls: int,
        default_deadline_s: float,
        enrol_deadline_s: float,
    ) -> None:
        self._server = grpc.aio.server(
            interceptors=[CallInterceptor(Admission(max_concurrent_calls))],
            options=[
                ("grpc.max_receive_message_length", MESSAGE_SIZE_FACTOR * max_photo_bytes),
                ("grpc.so_reuseport", 0),  # a port in use is an error, not a second server on it
            ],
        )
        self._health = health.aio.HealthServicer()
        recognition_pb2_grpc.add_RecognitionServiceServicer_to_server(
            RecognitionServicer(recognizer, default_deadline_s), self._server
        )
        catalogue_pb2_grpc.add_CatalogueServiceServicer_to_server(
            CatalogueServicer(catalogue, rebuilder, default_deadline_s, enrol_deadline_s), self._server
        )
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = (
            *SERVICES,
            health_pb2.DESCRIPTOR.services_by_name["Health"].full_name,
            reflection.SERVICE_NAME,
        )
        reflection.enable_server_reflection(names, self._server)

    async def start(self, host: str, port: int) -> int:
        """Listen and return the port; for port 0 the system chooses one. Raises StartupError if listening fails."""
        try:
            bound = self._server.add_insecure_port(f"{host}:{port}")
        except RuntimeError as error:
            raise StartupError(
                f"cannot listen on {host}:{port}: the port is in use, or the address is not of this machine; "
                "stop the server that uses the port, or pass another --port"
            ) from error
        await self.set_serving(False)
        await self._server.start()
        return int(bound)

    async def set_serving(self, serving: bool) -> None:
        """Set the health status of the whole server and of each service."""
        status = health_pb2.HealthCheckResponse.SERVING if serving else health_pb2.HealthCheckResponse.NOT_SERVING
        for name in ("", *SERVICES):
            await self._health.set(name, status)

    async def stop(self, grace_s: float) -> None:
        """Refuse new calls, let running calls finish within `grace_s` seconds, then cancel them."""
        await self._health.enter_graceful_shutdown()
        await self._server.stop(grace_s)
