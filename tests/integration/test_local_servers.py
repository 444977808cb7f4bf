"""The local Triton and Milvus: what they serve, how they fail, and that they come back after being killed."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
import tritonclient.grpc as grpcclient
from onnx import TensorProto, helper
from pymilvus import MilvusClient
from tritonclient.utils import InferenceServerException

from tillsight.domain.errors import StartupError
from tillsight.local.milvus import LocalMilvus
from tillsight.local.stack import LocalStack
from tillsight.local.supervisor import descendants
from tillsight.local.tcp_ports import LOOPBACK, free_ports
from tillsight.local.triton import LocalTriton

DEADLINE_S = 60.0
TIMEOUT_S = 20.0


def write_model(repository: Path, name: str, nodes, inputs, outputs, config: str, initializers=()) -> None:
    graph = helper.make_graph(nodes, name, inputs, outputs, list(initializers))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    (repository / name / "1").mkdir(parents=True)
    onnx.save(model, str(repository / name / "1" / "model.onnx"))
    (repository / name / "config.pbtxt").write_text(f'name: "{name}"\nbackend: "onnxruntime"\n{config}')


def write_doubler(repository: Path) -> None:
    """uint8 [N, 4] in; the doubled values out, as float32 `doubled` and saturated uint8 `bytes`."""
    write_model(
        repository,
        "doubler",
        [
            helper.make_node("Cast", ["x"], ["x_float"], to=TensorProto.FLOAT),
            helper.make_node("Add", ["x_float", "x_float"], ["doubled"]),
            helper.make_node("Clip", ["doubled", "low", "high"], ["clipped"]),
            helper.make_node("Cast", ["clipped"], ["bytes"], to=TensorProto.UINT8),
        ],
        [helper.make_tensor_value_info("x", TensorProto.UINT8, ["n", 4])],
        [
            helper.make_tensor_value_info("doubled", TensorProto.FLOAT, ["n", 4]),
            helper.make_tensor_value_info("bytes", TensorProto.UINT8, ["n", 4]),
        ],
        # It waits for eight rows, for longer than any test: whether requests are joined is no matter of luck.
        """max_batch_size: 8
        input [ { name: "x" data_type: TYPE_UINT8 dims: [4] } ]
        output [ { name: "doubled" data_type: TYPE_FP32 dims: [4] }, { name: "bytes" data_type: TYPE_UINT8 dims: [4] } ]
        dynamic_batching { preferred_batch_size: [8] max_queue_delay_microseconds: 100000000 }
        """,
        [
            helper.make_tensor("low", TensorProto.FLOAT, [], [0.0]),
            helper.make_tensor("high", TensorProto.FLOAT, [], [255.0]),
        ],
    )


def write_unbatched(repository: Path) -> None:
    """int64 [any] and [any] in, their sum out; no batch dimension. Lengths that differ are an error in the graph."""
    vector = [helper.make_tensor_value_info(name, TensorProto.INT64, ["length_" + name]) for name in "ab"]
    write_model(
        repository,
        "adder",
        [helper.make_node("Add", ["a", "b"], ["sum"])],
        vector,
        [helper.make_tensor_value_info("sum", TensorProto.INT64, ["m"])],
        """max_batch_size: 0
        input [ { name: "a" data_type: TYPE_INT64 dims: [-1] }, { name: "b" data_type: TYPE_INT64 dims: [-1] } ]
        output [ { name: "sum" data_type: TYPE_INT64 dims: [-1] } ]
        """,
    )


def write_triples(repository: Path) -> None:
    """float32 [N, any] in, reshaped to triples and summed: rows whose length is no multiple of three are refused."""
    write_model(
        repository,
        "triples",
        [
            helper.make_node("Reshape", ["x", "shape"], ["folded"]),
            helper.make_node("ReduceSum", ["folded", "axes"], ["sums"], keepdims=0),
        ],
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", "m"])],
        [helper.make_tensor_value_info("sums", TensorProto.FLOAT, ["n", "k"])],
        """max_batch_size: 4
        input [ { name: "x" data_type: TYPE_FP32 dims: [-1] allow_ragged_batch: true } ]
        output [ { name: "sums" data_type: TYPE_FP32 dims: [-1] } ]
        dynamic_batching { preferred_batch_size: [4] max_queue_delay_microseconds: 100000000 }
        """,
        [
            helper.make_tensor("shape", TensorProto.INT64, [3], [0, -1, 3]),
            helper.make_tensor("axes", TensorProto.INT64, [1], [2]),
        ],
    )


@pytest.fixture(scope="module")
def small_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    repository = tmp_path_factory.mktemp("repository")
    write_doubler(repository)
    write_unbatched(repository)
    write_triples(repository)
    return repository


@pytest.fixture(scope="module")
def small_triton(
    small_models: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[grpcclient.InferenceServerClient]:
    with LocalTriton(small_models, tmp_path_factory.mktemp("triton")) as server:
        client = grpcclient.InferenceServerClient(server.address)
        yield client
        client.close()


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """Fails a test that leaves a process running which did not run before it."""
    before = set(descendants(os.getpid()))
    yield
    assert set(descendants(os.getpid())) <= before


def infer(client: grpcclient.InferenceServerClient, model: str, **arrays: np.ndarray) -> grpcclient.InferResult:
    inputs = []
    for name, array in arrays.items():
        kind = {"uint8": "UINT8", "int64": "INT64", "float32": "FP32"}[array.dtype.name]
        inputs.append(grpcclient.InferInput(name, list(array.shape), kind))
        inputs[-1].set_data_from_numpy(array)
    return client.infer(model, inputs, client_timeout=TIMEOUT_S)


def executions(client: grpcclient.InferenceServerClient, model: str) -> tuple[int, int]:
    """Rows inferred and inferences run so far."""
    statistics = client.get_inference_statistics(model).model_stats[0]
    return statistics.inference_count, statistics.execution_count


def test_a_batch_comes_back_in_every_declared_type(small_triton):
    rows = np.arange(32, dtype=np.uint8).reshape(8, 4) * 8
    result = infer(small_triton, "doubler", x=rows)
    assert result.as_numpy("doubled").dtype == np.float32
    np.testing.assert_array_equal(result.as_numpy("doubled"), rows.astype(np.float32) * 2)
    assert result.as_numpy("bytes").dtype == np.uint8
    np.testing.assert_array_equal(result.as_numpy("bytes"), np.minimum(rows.astype(int) * 2, 255))


def test_only_the_outputs_asked_for_are_sent(small_triton):
    rows = np.ones((8, 4), np.uint8)
    tensor = grpcclient.InferInput("x", [8, 4], "UINT8")
    tensor.set_data_from_numpy(rows)
    asked = [grpcclient.InferRequestedOutput("bytes")]
    result = small_triton.infer("doubler", [tensor], outputs=asked, client_timeout=TIMEOUT_S)
    assert [output.name for output in result.get_response().outputs] == ["bytes"]


def test_concurrent_requests_are_one_inference_and_each_gets_its_own_rows(small_triton):
    before = executions(small_triton, "doubler")
    parts = [np.full((size, 4), 10 * size + size, np.uint8) for size in (1, 2, 1, 3, 1)]
    with ThreadPoolExecutor(len(parts)) as threads:
        results = list(threads.map(lambda part: infer(small_triton, "doubler", x=part), parts))
    for part, result in zip(parts, results, strict=True):
        np.testing.assert_array_equal(result.as_numpy("doubled"), part.astype(np.float32) * 2)
    after = executions(small_triton, "doubler")
    assert (after[0] - before[0], after[1] - before[1]) == (8, 1)


def test_a_model_without_a_batch_dimension_is_served(small_triton):
    result = infer(small_triton, "adder", a=np.array([1, 2, 3]), b=np.array([10, 20, 30]))
    np.testing.assert_array_equal(result.as_numpy("sum"), [11, 22, 33])
    assert result.as_numpy("sum").dtype == np.int64


def test_a_request_the_graph_refuses_gets_an_error_and_the_model_lives_on(small_triton):
    with pytest.raises(InferenceServerException):
        infer(small_triton, "adder", a=np.array([1, 2, 3]), b=np.array([1, 2]))
    np.testing.assert_array_equal(infer(small_triton, "adder", a=np.array([1]), b=np.array([2])).as_numpy("sum"), [3])


def test_a_refused_request_does_not_spoil_the_others_of_its_batch(small_triton):
    before = executions(small_triton, "triples")
    parts = [np.full((1, length), length, np.float32) for length in (6, 5, 3, 6)]

    def answer(part: np.ndarray) -> np.ndarray | InferenceServerException:
        try:
            return infer(small_triton, "triples", x=part).as_numpy("sums")
        except InferenceServerException as error:
            return error

    with ThreadPoolExecutor(len(parts)) as threads:
        six, five, three, other_six = threads.map(answer, parts)
    assert isinstance(five, InferenceServerException)
    np.testing.assert_array_equal(six, [[18, 18]])
    np.testing.assert_array_equal(three, [[9]])
    np.testing.assert_array_equal(other_six, [[18, 18]])
    assert executions(small_triton, "triples")[1] - before[1] == 1, "they came as one batch"


@pytest.mark.usefixtures("nothing_left")
def test_triton_and_milvus_lite_listen_on_loopback_only(small_models, tmp_path):
    before = listening_elsewhere()
    with LocalStack(small_models, tmp_path):
        assert listening_elsewhere() - before == set()


def listening_elsewhere() -> set[str]:
    """Sockets of this machine that listen on more than loopback, of our descendants only: their inode numbers."""
    own = set()
    for pid in descendants(os.getpid()):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                own.add(str(descriptor.readlink()))
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            address, state, inode = fields[1].split(":")[0], fields[3], fields[9]
            loopback = address in {"0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"}
            if state == "0A" and not loopback and f"socket:[{inode}]" in own:
                found.add(inode)
    return found


@pytest.mark.usefixtures("nothing_left")
def test_a_model_that_does_not_load_is_quoted(tmp_path):
    write_doubler(tmp_path / "models")
    (tmp_path / "models" / "doubler" / "1" / "model.onnx").write_bytes(b"no onnx")
    with pytest.raises(StartupError, match=r"failed to load 'doubler'.*model\.onnx") as raised:
        LocalTriton(tmp_path / "models", tmp_path / "data").start()
    assert "\n" not in str(raised.value)


def test_a_config_that_names_another_output_is_quoted(tmp_path):
    write_doubler(tmp_path / "models")
    config = tmp_path / "models" / "doubler" / "config.pbtxt"
    config.write_text(config.read_text().replace('"bytes"', '"bites"'))
    with pytest.raises(StartupError, match=r"names the output bites, model\.onnx has"):
        LocalTriton(tmp_path / "models", tmp_path / "data").start()


def test_an_empty_model_repository_is_named(tmp_path):
    with pytest.raises(StartupError, match=re.escape(f"{tmp_path} holds no model")):
        LocalTriton(tmp_path, tmp_path / "data").start()


@pytest.mark.parametrize("server", ["triton", "milvus"])
def test_a_port_in_use_is_named(small_models, tmp_path, server):
    with socket.create_server((LOOPBACK, 0)) as holder:
        port = holder.getsockname()[1]
        starting = (
            LocalTriton(small_models, tmp_path, grpc_port=port)
            if server == "triton"
            else LocalMilvus(tmp_path, port=port)
        )
        with pytest.raises(StartupError, match=f"port {port} .*in use.*choose another port"):
            starting.start()


def test_a_second_stack_on_one_data_folder_is_refused(tmp_path):
    with (
        LocalStack(tmp_path, tmp_path / "data", triton="127.0.0.1:1"),
        pytest.raises(StartupError, match=re.escape(f"{tmp_path / 'data'} is in use by process {os.getpid()}:")),
    ):
        LocalStack(tmp_path, tmp_path / "data", triton="127.0.0.1:1").__enter__()


@pytest.mark.usefixtures("nothing_left")
def test_a_stack_starts_both_and_stops_both(small_models, tmp_path):
    heard: list[str] = []
    with LocalStack(small_models, tmp_path, progress=heard.append) as stack:
        assert grpcclient.InferenceServerClient(stack.triton).is_server_ready()
        assert MilvusClient(stack.milvus, timeout=TIMEOUT_S).list_collections(timeout=TIMEOUT_S) == []
    assert heard[0] == "Starting Milvus and Triton"
    assert "The servers are ready" in heard


@pytest.mark.usefixtures("nothing_left")
def test_a_stack_whose_triton_fails_does_not_wait_for_milvus_and_leaves_nothing(tmp_path, milvus_environment):
    begun = time.monotonic()
    with pytest.raises(StartupError, match="holds no model"):
        LocalStack(tmp_path, tmp_path / "data", milvus_environment=milvus_environment).__enter__()
    assert time.monotonic() - begun < DEADLINE_S


KILLED_OWNER = """
import json, sys
from pathlib import Path
from pymilvus import MilvusClient
from tillsight.local.milvus import LocalMilvus
from tillsight.local.triton import LocalTriton
asked = json.loads(sys.argv[1])
if "environment" in asked:
    environment = Path(asked["environment"]) if asked["environment"] else None
    server = LocalMilvus(Path(asked["data"]), port=asked["port"], environment=environment)
    server.start()
    client = MilvusClient(server.uri, timeout=20)
    client.create_collection("kept", dimension=2, metric_type="COSINE", timeout=20)
    client.insert("kept", [{"id": 7, "vector": [1.0, 0.0]}], timeout=20)
else:
    server = LocalTriton(Path(asked["models"]), Path(asked["data"]), grpc_port=asked["port"])
    server.start()
print("ready", flush=True)
sys.stdin.read()
"""


def kill_an_owner(**asked: object) -> list[int]:
    """Has a process of its own start a server, kills that with SIGKILL, and gives the server's process ids."""
    owner = subprocess.Popen(
        [sys.executable, "-c", KILLED_OWNER, json.dumps(asked)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "ready\n"
        return descendants(owner.pid)
    finally:
        owner.kill()
        owner.communicate()


def wait_until_gone(pids: list[int]) -> bool:
    limit = time.monotonic() + DEADLINE_S
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        if time.monotonic() > limit:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.usefixtures("nothing_left")
def test_a_triton_whose_owner_was_killed_starts_again_on_its_folder_and_port(small_models, tmp_path):
    (port,) = free_ports(1)
    pids = kill_an_owner(models=str(small_models), data=str(tmp_path), port=port)
    assert len(pids) >= 2
    with LocalTriton(small_models, tmp_path, grpc_port=port) as server:
        assert grpcclient.InferenceServerClient(server.address).is_model_ready("doubler")
        assert wait_until_gone(pids)


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


def test_an_environment_without_milvus_says_how_to_make_one(tmp_path):
    with pytest.raises(StartupError, match=r"pip install milvus==2\.3\.5"):
        LocalMilvus(tmp_path / "data", environment=tmp_path).start()


def test_both_kinds_of_milvus_answer(milvus_uri):
    assert MilvusClient(milvus_uri, timeout=TIMEOUT_S).get_server_version(timeout=TIMEOUT_S)
