"""The local Triton: what it serves, how it fails, and that it starts again after its owner was killed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import tritonclient.grpc as grpcclient
from tritonclient.utils import InferenceServerException

from support.killed_owners import kill_an_owner, wait_until_gone
from support.small_models import write_doubler
from tillsight.domain.errors import StartupError
from tillsight.local.tcp_ports import free_ports
from tillsight.local.triton import LocalTriton

TIMEOUT_S = 20.0


@pytest.fixture(scope="module")
def small_triton(
    small_models: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[grpcclient.InferenceServerClient]:
    with LocalTriton(small_models, tmp_path_factory.mktemp("triton")) as server:
        client = grpcclient.InferenceServerClient(server.address)
        yield client
        client.close()


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


def test_a_request_that_the_graph_refuses_is_an_error_and_the_model_keeps_running(small_triton):
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
    with pytest.raises(StartupError, match=re.escape(f"{tmp_path} has no model")):
        LocalTriton(tmp_path, tmp_path / "data").start()


@pytest.mark.usefixtures("nothing_left")
def test_a_triton_whose_owner_was_killed_starts_again_on_its_folder_and_port(small_models, tmp_path):
    (port,) = free_ports(1)
    pids = kill_an_owner(models=str(small_models), data=str(tmp_path), port=port)
    assert len(pids) >= 2
    with LocalTriton(small_models, tmp_path, grpc_port=port) as server:
        assert grpcclient.InferenceServerClient(server.address).is_model_ready("doubler")
        assert wait_until_gone(pids)
