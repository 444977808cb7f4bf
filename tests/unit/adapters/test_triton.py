"""Models on Triton: their contracts, their requests, and Triton's errors as Tillsight's."""

from __future__ import annotations

from typing import Any

import grpc
import numpy as np
import pytest
from tritonclient.grpc import model_config_pb2, service_pb2
from tritonclient.utils import InferenceServerException

from tillsight.adapters.triton import TritonEmbedder, TritonModel, TritonSegmenter
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import DeadlineExceeded, StartupError, Unavailable
from tillsight.recognition.calibration import Calibration

FINGERPRINT = "0123456789abcdef"


class Answer:
    """An inference result with one output."""

    def __init__(self, output: np.ndarray | None) -> None:
        self._output = output

    def as_numpy(self, name: str) -> np.ndarray | None:
        return self._output


class TritonClient:
    """Triton with one model, whose output is the mean of each input; calls fail with `error` if it is set."""

    def __init__(self, **parameters: str) -> None:
        self.error: Exception | None = None
        self.batches: list[tuple[int, ...]] = []
        self.timeouts: list[float] = []
        self.outputs: int | None = None
        self.config = model_config_pb2.ModelConfig(max_batch_size=4)
        self.config.input.add(name="image", dims=[8, 8, 3])
        self.config.output.add(name="vector", dims=[1])
        for name, value in parameters.items():
            self.config.parameters[name].string_value = value

    async def get_model_config(self, name: str, client_timeout: float) -> Any:
        self._fail()
        return service_pb2.ModelConfigResponse(config=self.config)

    async def get_model_metadata(self, name: str, client_timeout: float) -> Any:
        return service_pb2.ModelMetadataResponse(versions=["1", "10", "9"])

    async def is_model_ready(self, name: str, client_timeout: float) -> bool:
        self._fail()
        return name == "vgg"

    async def infer(self, name: str, inputs: list[Any], outputs: list[Any], client_timeout: float) -> Answer:
        self._fail()
        self.timeouts.append(client_timeout)
        shape = tuple(inputs[0].shape())
        self.batches.append(shape)
        values = np.frombuffer(inputs[0]._get_content(), np.uint8).reshape(shape)
        means = values.reshape(len(values), -1).mean(axis=1, keepdims=True)
        return Answer(means[: self.outputs] if self.outputs is not None else means)

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error


def soon() -> Deadline:
    return Deadline.after(30)


async def connected(client: TritonClient, kind: type[TritonModel] = TritonEmbedder) -> Any:
    model = kind(client, "vgg")  # type: ignore[arg-type]
    await model.connect(soon())
    return model


async def test_a_model_takes_its_contract_from_triton_with_the_newest_version() -> None:
    embedder = await connected(TritonClient(fingerprint=FINGERPRINT))
    assert embedder.version == f"vgg:10:{FINGERPRINT}" and embedder.fingerprint == FINGERPRINT
    assert (embedder.crop_size, embedder.dimension) == (8, 1)
    assert embedder.calibration == Calibration()
    assert (await connected(TritonClient(fingerprint=FINGERPRINT), TritonSegmenter)).input_size == (8, 8)


async def test_an_embedder_has_the_calibration_that_it_was_exported_with() -> None:
    own = Calibration(known_from=0.875)
    embedder = await connected(TritonClient(fingerprint=FINGERPRINT, calibration=own.to_json()))
    assert embedder.calibration == own


async def test_before_it_has_answered_a_model_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="'vgg' has not answered"):
        _ = TritonEmbedder(TritonClient(), "vgg").version  # type: ignore[arg-type]


@pytest.mark.parametrize("fault", ["no fingerprint", "two outputs", "calibration"])
async def test_a_model_that_tillsight_did_not_export_is_refused_by_its_name(fault: str) -> None:
    client = TritonClient(**({} if fault == "no fingerprint" else {"fingerprint": FINGERPRINT}))
    if fault == "two outputs":
        client.config.output.add(name="more", dims=[1])
    if fault == "calibration":
        client.config.parameters["calibration"].string_value = "{}"
    with pytest.raises(StartupError, match="'vgg'"):
        await connected(client)


async def test_a_batch_is_one_request_up_to_the_largest_batch_and_keeps_its_order() -> None:
    client = TritonClient(fingerprint=FINGERPRINT)
    embedder = await connected(client)
    crops = np.repeat(np.arange(10, dtype=np.uint8), 8 * 8 * 3).reshape(10, 8, 8, 3)
    vectors = await embedder.embed(crops[:4], soon())
    assert client.batches == [(4, 8, 8, 3)] and vectors.dtype == np.float32
    vectors = await embedder.embed(crops, soon())
    assert [batch[0] for batch in client.batches[1:]] == [4, 3, 3]
    np.testing.assert_array_equal(vectors[:, 0], np.arange(10))


async def test_a_request_has_the_time_that_is_left_and_none_is_made_after_the_deadline() -> None:
    client = TritonClient(fingerprint=FINGERPRINT)
    embedder = await connected(client)
    crops = np.zeros((1, 8, 8, 3), np.uint8)
    await embedder.embed(crops, Deadline.after(5))
    assert 4 < client.timeouts[0] <= 5
    with pytest.raises(DeadlineExceeded):
        await embedder.embed(crops, Deadline.after(-1))
    assert len(client.batches) == 1


async def test_an_answer_without_the_output_of_every_input_is_unavailable() -> None:
    client = TritonClient(fingerprint=FINGERPRINT)
    embedder = await connected(client)
    client.outputs = 1
    with pytest.raises(Unavailable, match="without its output 'vector'"):
        await embedder.embed(np.zeros((2, 8, 8, 3), np.uint8), soon())


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (InferenceServerException("too late", status="StatusCode.DEADLINE_EXCEEDED"), DeadlineExceeded),
        (InferenceServerException("refused", status="StatusCode.UNAVAILABLE"), Unavailable),
        (grpc.RpcError("refused"), Unavailable),
    ],
    ids=["deadline", "refused by Triton", "refused by gRPC"],
)
async def test_an_error_of_triton_is_a_deadline_or_an_unavailable_triton(
    error: Exception, raised: type[Exception]
) -> None:
    client = TritonClient(fingerprint=FINGERPRINT)
    embedder = await connected(client)
    client.error = error
    for call in (embedder.embed(np.zeros((1, 8, 8, 3), np.uint8), soon()), embedder.ready(soon())):
        with pytest.raises(raised, match=r"Triton"):
            await call


async def test_a_model_is_ready_if_triton_serves_it() -> None:
    client = TritonClient()
    assert await TritonModel(client, "vgg").ready(soon())  # type: ignore[arg-type]
    assert not await TritonModel(client, "other").ready(soon())  # type: ignore[arg-type]
