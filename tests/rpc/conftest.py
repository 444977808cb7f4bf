"""The real gRPC server on fakes of Triton and Milvus, on a port of the system's choice, one for all tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
import pytest_asyncio
import structlog

from fakes import World
from pictures import BLUE, GREEN, RED, counter, encode
from running import MAX_PHOTO_BYTES, Running, server_on
from shell import Shell
from tillsight.imaging.decoding import PhotoLimits


@pytest_asyncio.fixture(scope="session")
async def started() -> AsyncIterator[Running]:
    world = World(limits=PhotoLimits(max_bytes=MAX_PHOTO_BYTES, max_pixels=1_000_000))
    server = server_on(world)
    port = await server.start("127.0.0.1", 0)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield Running(server, world, port, channel)
    await server.stop(0)


@pytest.fixture
def running(started: Running) -> Running:
    """The server, its gallery empty and its fakes well."""
    started.world.reset()
    return started


@pytest.fixture(autouse=True)
def quiet_log() -> None:
    """structlog's own default prints every traceback with its local variables, which takes a second each."""
    structlog.configure(
        processors=[structlog.processors.JSONRenderer()], logger_factory=structlog.ReturnLoggerFactory()
    )


@pytest.fixture
def shell(running: Running, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
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
