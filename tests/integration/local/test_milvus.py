"""Both kinds of the local Milvus: they answer, keep their rows, and start again after their owner was killed."""

from __future__ import annotations

import pytest
from pymilvus import MilvusClient

from support.killed_owners import kill_an_owner, wait_until_gone
from tillsight.domain.errors import StartupError
from tillsight.local.milvus import LocalMilvus
from tillsight.local.tcp_ports import free_ports

TIMEOUT_S = 20.0


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("kind", ["lite", "standalone"])
def test_a_milvus_whose_owner_was_killed_starts_again_with_its_rows(tmp_path, kind, request):
    environment = request.getfixturevalue("milvus_environment") if kind == "standalone" else None
    (port,) = free_ports(1)
    pids = kill_an_owner(data=str(tmp_path), port=port, environment=str(environment or ""))
    assert len(pids) >= 2
    with LocalMilvus(tmp_path, port=port, environment=environment) as server:
        assert wait_until_gone(pids)
        client = MilvusClient(server.uri, timeout=TIMEOUT_S)
        client.load_collection("kept", timeout=TIMEOUT_S)
        rows = client.query("kept", "id >= 0", consistency_level="Strong", timeout=TIMEOUT_S)
        assert [row["id"] for row in rows] == [7]


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("kind", ["lite", "standalone"])
def test_a_milvus_stopped_cleanly_keeps_its_rows(tmp_path, kind, request):
    environment = request.getfixturevalue("milvus_environment") if kind == "standalone" else None
    with LocalMilvus(tmp_path, environment=environment) as server:
        client = MilvusClient(server.uri, timeout=TIMEOUT_S)
        client.create_collection("kept", dimension=2, metric_type="COSINE", timeout=TIMEOUT_S)
        client.insert("kept", [{"id": 7, "vector": [1.0, 0.0]}], timeout=TIMEOUT_S)
    with LocalMilvus(tmp_path, environment=environment) as server:
        client = MilvusClient(server.uri, timeout=TIMEOUT_S)
        client.load_collection("kept", timeout=TIMEOUT_S)
        rows = client.query("kept", "id >= 0", consistency_level="Strong", timeout=TIMEOUT_S)
        assert [row["id"] for row in rows] == [7]


def test_an_environment_without_milvus_is_reported_with_how_to_create_one(tmp_path):
    with pytest.raises(StartupError, match=r"pip install milvus==2\.3\.5"):
        LocalMilvus(tmp_path / "data", environment=tmp_path).start()


def test_both_kinds_of_milvus_answer(milvus_uri):
    assert MilvusClient(milvus_uri, timeout=TIMEOUT_S).get_server_version(timeout=TIMEOUT_S)
