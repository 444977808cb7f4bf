"""The real servers, started once a test session and always stopped."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from support.paths import ROOT
from tillsight import service
from tillsight.adapters.milvus.client import MilvusCalls
from tillsight.client.client import Client
from tillsight.config import Settings
from tillsight.local.milvus import LocalMilvus
from tillsight.local.triton import LocalTriton
from tillsight.service import in_background

MILVUS_ENVIRONMENT = Path(os.environ.get("TILLSIGHT_MILVUS_ENV", ROOT / ".venv-milvus"))


@pytest.fixture(scope="session")
def milvus_environment() -> Path:
    """The virtual environment with the real Milvus server; ``make .venv-milvus/.complete`` creates it."""
    if not (MILVUS_ENVIRONMENT / "bin" / "python").exists():
        pytest.skip(f"no environment with milvus==2.3.5 at {MILVUS_ENVIRONMENT}")
    return MILVUS_ENVIRONMENT


@pytest.fixture(scope="session")
def triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """HOST:PORT of a tritonserver with the project's own models."""
    with LocalTriton(ROOT / "model_repository", tmp_path_factory.mktemp("triton")) as server:
        yield server.address


@pytest.fixture(scope="session")
def milvus_lite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URI of a Milvus Lite server."""
    with LocalMilvus(tmp_path_factory.mktemp("milvus-lite")) as server:
        yield server.uri


@pytest.fixture(scope="session")
def milvus_standalone(tmp_path_factory: pytest.TempPathFactory, milvus_environment: Path) -> Iterator[str]:
    """URI of the real Milvus server."""
    with LocalMilvus(tmp_path_factory.mktemp("milvus"), environment=milvus_environment) as server:
        yield server.uri


@pytest.fixture(scope="session", params=["milvus_lite", "milvus_standalone"])
def milvus_uri(request: pytest.FixtureRequest) -> str:
    """URI of each kind of Milvus in turn; both run during the session, so tests need their own collections."""
    return str(request.getfixturevalue(request.param))


@pytest_asyncio.fixture
async def milvus_calls(milvus_uri: str) -> AsyncIterator[MilvusCalls]:
    """Calls to each kind of Milvus in turn."""
    calls = MilvusCalls(milvus_uri)
    yield calls
    calls.close()


@pytest.fixture(scope="session")
def client(triton: str, milvus_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of the service on the real Triton and each kind of Milvus in turn; its gallery is empty at first."""
    settings = Settings(port=0, triton=triton, milvus=milvus_uri, data_dir=tmp_path_factory.mktemp("service"))
    with in_background(settings) as address, Client(address) as connected:
        yield connected


@pytest.fixture(scope="session")
def galleries(
    triton: str, milvus_lite: str, milvus_standalone: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Client]]:
    """The service on each kind of Milvus, with a separate gallery that is empty at first."""

    def settings(uri: str) -> Settings:
        folder = tmp_path_factory.mktemp("service")
        return Settings(port=0, triton=triton, milvus=uri, gallery="moving", data_dir=folder)

    with (
        service.in_background(settings(milvus_lite)) as lite,
        service.in_background(settings(milvus_standalone)) as standalone,
        Client(lite) as on_lite,
        Client(standalone) as on_standalone,
    ):
        yield {"Milvus Lite": on_lite, "Milvus": on_standalone}
