"""The service on fakes of Triton and Milvus: when it serves, and when it does not start."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
import pytest_asyncio
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

from tillsight import service as service_module
from tillsight.client.client import Client
from tillsight.config import Settings
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import FingerprintMismatch, StartupError, Unavailable
from tillsight.service import Service, in_background

SERVING, NOT_SERVING = HealthCheckResponse.SERVING, HealthCheckResponse.NOT_SERVING
TIMEOUT_S = 20


class Servers:
    """Triton and Milvus as the service sees them. They fail with `error` if it is set; `opened` notes each opening of
    the gallery, and whether it was forced."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.is_model_ready = True
        self.connected = 0
        self.opened: list[bool] = []
        self.opened_three_times = asyncio.Event()
        self.closed = False

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error

    async def ready(self, deadline: Deadline) -> bool:
        self._fail()
        return self.is_model_ready

    async def ping(self, deadline: Deadline) -> None:
        self._fail()

    async def connect(self, deadline: Deadline) -> None:
        self.connected += 1

    async def follow(self, deadline: Deadline, reopen: bool = False) -> None:
        self.opened.append(reopen)
        if len(self.opened) == 3:
            self.opened_three_times.set()

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Servers:
    servers = Servers()
    for name in ("connect_triton", "TritonSegmenter", "MilvusVersions", "MilvusLiveGallery"):
        monkeypatch.setattr(service_module, name, lambda *_: servers)
    monkeypatch.setattr(service_module, "HEALTH_CHECK_INTERVAL_S", 0.005)
    return servers


@pytest.fixture
def settings(no_settings: Path) -> Settings:
    return Settings(port=0, data_dir=no_settings, grace_s=0)


@pytest_asyncio.fixture
async def started(servers: Servers, settings: Settings) -> AsyncIterator[Any]:
    """A function that starts the service and returns a stream of its health states; both are ended afterwards."""
    services: list[Service] = []
    channels: list[grpc.aio.Channel] = []

    async def start() -> Any:
        services.append(Service(settings))
        port = await services[-1].start()
        channels.append(grpc.aio.insecure_channel(f"127.0.0.1:{port}"))
        return HealthStub(channels[-1]).Watch(HealthCheckRequest(), timeout=TIMEOUT_S)

    yield start
    for channel in channels:
        await channel.close()
    for service in services:
        await service.stop()


async def test_with_both_servers_it_serves_and_goes_on_following_the_alias(servers: Servers, started: Any) -> None:
    health = await started()
    assert (await health.read()).status == SERVING
    await asyncio.wait_for(servers.opened_three_times.wait(), TIMEOUT_S)
    assert servers.connected == 1 and servers.opened[:3] == [True, False, False]


async def test_without_a_server_it_starts_and_does_not_serve_until_the_server_answers(
    servers: Servers, started: Any
) -> None:
    servers.error = Unavailable("Triton", "gone")
    health = await started()
    assert (await health.read()).status == NOT_SERVING
    servers.error = None
    assert (await health.read()).status == SERVING


async def test_after_an_outage_models_and_gallery_are_read_again(servers: Servers, started: Any) -> None:
    health = await started()
    assert (await health.read()).status == SERVING
    servers.error = Unavailable("Milvus", "gone")
    assert (await health.read()).status == NOT_SERVING
    servers.error = None
    assert (await health.read()).status == SERVING
    assert servers.connected == 2 and servers.opened.count(True) == 2


async def test_a_segmenter_that_is_not_ready_is_not_serving(servers: Servers, started: Any) -> None:
    servers.is_model_ready = False
    health = await started()
    assert (await health.read()).status == NOT_SERVING


async def test_a_gallery_of_another_embedder_prevents_the_start_but_does_not_end_a_running_service(
    servers: Servers, started: Any
) -> None:
    health = await started()
    assert (await health.read()).status == SERVING
    servers.error = FingerprintMismatch("gallery_aa_1", "aa", "bb")
    assert (await health.read()).status == NOT_SERVING
    with pytest.raises(FingerprintMismatch, match=r" aa.* bb"):
        await started()
    servers.error = None
    assert (await health.read()).status == SERVING


async def test_an_unexpected_error_of_a_health_check_is_not_serving_and_the_checks_go_on(
    servers: Servers, started: Any
) -> None:
    health = await started()
    assert (await health.read()).status == SERVING
    servers.error = RuntimeError("?")
    assert (await health.read()).status == NOT_SERVING
    servers.error = None
    assert (await health.read()).status == SERVING


async def test_a_stopped_service_closes_its_connections(servers: Servers, settings: Settings) -> None:
    service = Service(settings)
    await service.start()
    await service.stop()
    assert servers.closed


def test_in_the_background_it_answers_at_its_address_until_the_block_ends(servers: Servers, settings: Settings) -> None:
    with in_background(settings) as address, Client(address) as client:
        assert client.serving()
    assert servers.closed
    with Client(address) as client, pytest.raises(grpc.RpcError):
        client.serving()


def test_in_the_background_an_error_of_the_start_is_raised_to_the_caller(servers: Servers, settings: Settings) -> None:
    with in_background(settings) as address:
        taken = settings.model_copy(update={"port": int(address.rpartition(":")[2])})
        with pytest.raises(StartupError, match="in use"), in_background(taken):
            pytest.fail("the second service started")
