"""What callers see while a server is unavailable, the gallery is empty, or the gallery belongs to another embedder."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import numpy as np
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from store import products
from store.scenes import backgrounds
from store.scenes.scene import compose
from support.paths import ROOT
from support.scenes import jpeg
from tillsight import service
from tillsight.client.client import Client
from tillsight.config import Settings
from tillsight.domain.errors import FingerprintMismatch
from tillsight.local.milvus import LocalMilvus
from tillsight.local.tcp_ports import free_ports
from tillsight.local.triton import LocalTriton
from tillsight.v1 import recognition_pb2

SERVING, NOT_SERVING = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING
PATIENCE_S = 120.0


@pytest.fixture(scope="module")
def ports() -> list[int]:
    return free_ports(2)


@pytest.fixture(scope="module")
def photo() -> bytes:
    rng = np.random.default_rng(3)
    objects = [products.render(products.describe(label, 1), 300) for label in (3, 400)]
    background = backgrounds.render(rng, 600, 800)
    return jpeg(compose(rng, objects, background, size=(600, 800), touching=0.0).image)


class Stack:
    """A Triton and a Milvus Lite for these tests only, on fixed ports, that can be stopped and started."""

    def __init__(self, folder: Path, triton_port: int, milvus_port: int) -> None:
        self.triton = LocalTriton(ROOT / "model_repository", folder / "triton", grpc_port=triton_port)
        self.milvus = LocalMilvus(folder / "milvus", port=milvus_port)
        self.settings = Settings(
            port=0,
            triton=f"127.0.0.1:{triton_port}",
            milvus=f"http://127.0.0.1:{milvus_port}",
            data_dir=folder / "service",
        )


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, ports: list[int]) -> Iterator[Stack]:
    made = Stack(tmp_path_factory.mktemp("outages"), *ports)
    with made.triton, made.milvus:
        yield made


@pytest.fixture(scope="module")
def address(stack: Stack) -> Iterator[str]:
    with service.in_background(stack.settings) as served:
        yield served


def watch_until(address: str, wanted: int) -> list[int]:
    """The health states that a watcher receives, up to `wanted`."""
    with grpc.insecure_channel(address) as channel:
        received = []
        request = health_pb2.HealthCheckRequest(service="tillsight.v1.RecognitionService")
        for answer in health_pb2_grpc.HealthStub(channel).Watch(request, timeout=PATIENCE_S):
            received.append(answer.status)
            if answer.status == wanted:
                break
        return received


def refusal(address: str, photo: bytes) -> tuple[grpc.StatusCode, str]:
    with Client(address) as client, pytest.raises(grpc.RpcError) as caught:
        client.recognize(photo, timeout_s=20)
    return caught.value.code(), caught.value.details()


def test_an_empty_gallery_gives_boxes_that_are_unknown(address: str, photo: bytes) -> None:
    with Client(address) as client:
        answer = client.recognize(photo)
    assert len(answer.objects) == 2
    assert {found.verdict for found in answer.objects} == {recognition_pb2.VERDICT_UNKNOWN}
    assert {found.product_id for found in answer.objects} == {""}


def test_a_deadline_of_a_millisecond_is_exceeded_on_real_servers(address: str, photo: bytes) -> None:
    with Client(address) as client, pytest.raises(grpc.RpcError) as caught:
        client.recognize(photo, timeout_s=0.001)
    assert caught.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED


def test_while_triton_is_unavailable_calls_name_it_and_health_is_not_serving(
    stack: Stack, address: str, photo: bytes
) -> None:
    assert watch_until(address, SERVING)[-1] == SERVING
    stack.triton.stop()
    assert watch_until(address, NOT_SERVING)[-1] == NOT_SERVING
    code, message = refusal(address, photo)
    assert code == grpc.StatusCode.UNAVAILABLE
    assert "Triton" in message
    stack.triton.start()
    assert watch_until(address, SERVING)[-1] == SERVING
    with Client(address) as client:
        assert len(client.recognize(photo).objects) == 2


def test_while_milvus_is_unavailable_calls_name_it_and_health_is_not_serving(
    stack: Stack, address: str, photo: bytes
) -> None:
    assert watch_until(address, SERVING)[-1] == SERVING
    stack.milvus.stop()
    assert watch_until(address, NOT_SERVING)[-1] == NOT_SERVING
    begun = time.monotonic()
    code, message = refusal(address, photo)
    assert code == grpc.StatusCode.UNAVAILABLE
    assert "Milvus" in message
    assert time.monotonic() - begun < 15  # much less than the deadline of the caller
    stack.milvus.start()
    assert watch_until(address, SERVING)[-1] == SERVING
    with Client(address) as client:
        assert len(client.recognize(photo).objects) == 2


def test_a_gallery_of_another_embedder_is_refused_at_start_naming_both(stack: Stack, address: str) -> None:
    with Client(address) as client:
        own = client.describe().embedder_fingerprint
    foreign = stack.settings.model_copy(update={"gallery": "foreign", "data_dir": stack.settings.data_dir / "foreign"})
    other = "0123456789abcdef"
    make_gallery(stack.settings.milvus, "foreign", other)
    with pytest.raises(FingerprintMismatch) as caught, service.in_background(foreign):
        pass
    assert other in str(caught.value)
    assert own in str(caught.value)


def make_gallery(uri: str, alias: str, fingerprint: str) -> None:
    """An empty gallery as an embedder of this fingerprint would have made it."""
    from pymilvus import MilvusClient

    client = MilvusClient(uri, timeout=30)
    client.create_collection(f"{alias}_{fingerprint}_1", dimension=8, timeout=30)
    client.create_alias(f"{alias}_{fingerprint}_1", alias, timeout=30)
    client.close()
