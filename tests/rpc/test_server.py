"""Health, reflection and ports of the server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import grpc
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from support.fakes import FakeService
from support.server import MAX_PHOTO_BYTES, RunningServer, server_on
from tillsight.domain.errors import StartupError
from tillsight.v1.recognition_pb2 import RecognizeRequest

SERVING, NOT_SERVING = HealthCheckResponse.SERVING, HealthCheckResponse.NOT_SERVING
NAMES = ["", "tillsight.v1.RecognitionService", "tillsight.v1.CatalogueService"]


@pytest.mark.parametrize("name", NAMES)
async def test_health_follows_the_servers_state(running: RunningServer, name: str) -> None:
    stub = HealthStub(running.channel)
    for state, status in ((False, NOT_SERVING), (True, SERVING), (False, NOT_SERVING)):
        await running.server.set_serving(state)
        assert (await stub.Check(HealthCheckRequest(service=name), timeout=10)).status == status


async def test_health_of_an_unknown_service_is_not_found(running: RunningServer) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await HealthStub(running.channel).Check(HealthCheckRequest(service="nobody"), timeout=10)
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


async def test_a_health_watcher_receives_each_change_from_start_to_stop() -> None:
    server = server_on(FakeService())
    port = await server.start("127.0.0.1", 0)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        watch = HealthStub(channel).Watch(HealthCheckRequest(service=NAMES[1]), timeout=20)
        assert (await watch.read()).status == NOT_SERVING
        await server.set_serving(True)
        assert (await watch.read()).status == SERVING
        await server.set_serving(False)
        assert (await watch.read()).status == NOT_SERVING
        await server.set_serving(True)
        assert (await watch.read()).status == SERVING
        stopping = asyncio.create_task(
            server.stop(20)
        )  # a grace period: without it the watch ends before the last change is sent
        assert (await watch.read()).status == NOT_SERVING
        watch.cancel()
        await stopping


async def test_reflection_lists_the_services(running: RunningServer) -> None:
    async def question() -> AsyncIterator[reflection_pb2.ServerReflectionRequest]:
        yield reflection_pb2.ServerReflectionRequest(list_services="")

    stub = reflection_pb2_grpc.ServerReflectionStub(running.channel)
    async for answer in stub.ServerReflectionInfo(question(), timeout=10):
        names = {service.name for service in answer.list_services_response.service}
    assert names >= {*NAMES[1:], "grpc.health.v1.Health"}


async def test_reflection_describes_the_whole_api(running: RunningServer) -> None:
    async def question() -> AsyncIterator[reflection_pb2.ServerReflectionRequest]:
        for name in NAMES[1:]:
            yield reflection_pb2.ServerReflectionRequest(file_containing_symbol=name)

    stub = reflection_pb2_grpc.ServerReflectionStub(running.channel)
    files = [
        answer.file_descriptor_response.file_descriptor_proto
        async for answer in stub.ServerReflectionInfo(question(), timeout=10)
    ]
    assert len(files) == 2 and all(any(b"tillsight.v1" in file for file in found) for found in files)


async def test_a_port_in_use_is_reported_in_one_sentence(running: RunningServer) -> None:
    with pytest.raises(StartupError) as caught:
        await server_on(FakeService()).start("127.0.0.1", running.port)
    message = str(caught.value)
    assert str(running.port) in message and "in use" in message and "--port" in message and "\n" not in message


async def test_an_address_of_another_machine_is_reported() -> None:
    with pytest.raises(StartupError, match=r"192\.0\.2\.1:0.*address"):  # TEST-NET-1, RFC 5737
        await server_on(FakeService()).start("192.0.2.1", 0)


async def test_an_unknown_method_is_unimplemented(running: RunningServer) -> None:
    call = running.channel.unary_unary("/tillsight.v1.RecognitionService/Guess")
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call(b"", timeout=10)
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_bytes_that_are_no_message_do_not_disturb_the_server(running: RunningServer) -> None:
    call = running.channel.unary_unary("/tillsight.v1.RecognitionService/Recognize")
    with pytest.raises(grpc.aio.AioRpcError):
        await call(b"\xff\xff\xff", timeout=10)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await running.recognition.Recognize(RecognizeRequest(), timeout=10)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_a_message_far_over_the_limit_is_refused_by_grpc_itself(running: RunningServer) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await running.recognition.Recognize(RecognizeRequest(photo=bytes(5 * MAX_PHOTO_BYTES)), timeout=10)
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
