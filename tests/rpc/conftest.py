"""The real gRPC server on fakes, on a port of the system's choice, one for all tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
import pytest_asyncio
import structlog

from support.fakes import FakeEmbedder, FakeService
from support.pictures import BLUE, GREEN, RED, counter, encode
from support.rebuild_calls import LITE
from support.server import MAX_PHOTO_BYTES, RunningServer, server_on
from support.shell import Shell
from tillsight.imaging.decoding import PhotoLimits


@pytest_asyncio.fixture(scope="session")
async def started() -> AsyncIterator[RunningServer]:
    service = FakeService(limits=PhotoLimits(max_bytes=MAX_PHOTO_BYTES, max_pixels=1_000_000))
    server = server_on(service)
    port = await server.start("127.0.0.1", 0)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield RunningServer(server, service, port, channel)
    await server.stop(0)


@pytest.fixture
def running(started: RunningServer) -> RunningServer:
    """The server with an empty gallery and fakes that work."""
    started.fakes.reset()
    return started


@pytest.fixture(autouse=True)
def quiet_log() -> None:
    """structlog's own default prints every traceback with its local variables, which takes a second each."""
    structlog.configure(
        processors=[structlog.processors.JSONRenderer()], logger_factory=structlog.ReturnLoggerFactory()
    )


@pytest.fixture
def shell(running: RunningServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(f"127.0.0.1:{running.port}", monkeypatch, capsys)


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    lines = ["product_id,name,image,store,attributes"]
    for name, colour in (("red", RED), ("green", GREEN), ("blue", BLUE)):
        (tmp_path / f"{name}.png").write_bytes(encode(counter(((40, 20, 40, 40), colour))))
        lines.append(f'p-{name},[{name}] tea [/x],{name}.png,,"{{""of"": ""{name}""}}"')
    path = tmp_path / "MANIFEST.csv"
    path.write_text("\n".join(lines))
    return path


@pytest.fixture
def shop(running: RunningServer) -> RunningServer:
    """The server with a second embedder, `lite`, on its Triton."""
    running.fakes.live.embedders["lite"] = FakeEmbedder("lite", LITE, crop_size=16, channel_shift=1)
    return running
