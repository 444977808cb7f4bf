"""Segmenter and embedder as models on Triton, over its gRPC protocol."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, TypeVar

import grpc
import numpy as np
import tritonclient.grpc.aio as triton
from numpy.typing import NDArray
from tritonclient.utils import InferenceServerException

from tillsight.domain.arrays import Maps, Pixels, Vectors
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import DeadlineExceeded, InvalidInput, StartupError, Unavailable
from tillsight.recognition.calibration import Calibration

T = TypeVar("T")

SERVER = "Triton"


def connect_triton(address: str) -> triton.InferenceServerClient:
    """A client of the Triton at HOST:PORT; it connects with the first call. Create it inside a running event loop."""
    return triton.InferenceServerClient(address)


@dataclass(frozen=True, slots=True)
class ModelContract:
    """What Triton reports about a model: version, fingerprint of the weights, its one input and one output.

    Only embedders have a `calibration`; other models have the default.
    """

    name: str
    version: str
    fingerprint: str
    max_batch_size: int
    input_name: str
    input_shape: tuple[int, ...]
    output_name: str
    output_shape: tuple[int, ...]
    calibration: Calibration

    @property
    def label(self) -> str:
        return f"{self.name}:{self.version}:{self.fingerprint}"


async def _answer(call: Awaitable[T]) -> T:
    """Await an answer of Triton. Raises DeadlineExceeded, Unavailable."""
    try:
        return await call
    except InferenceServerException as error:
        status = str(error.status() or "")
        if status.endswith("DEADLINE_EXCEEDED"):
            raise DeadlineExceeded("the deadline passed while waiting for Triton") from error
        raise Unavailable(SERVER, error.message() or status) from error
    except grpc.RpcError as error:
        raise Unavailable(SERVER, str(error)) from error


class TritonModel:
    """One model on a Triton server, with one uint8 input and one output."""

    def __init__(self, client: triton.InferenceServerClient, name: str) -> None:
        self._client = client
        self._name = name
        self._contract: ModelContract | None = None

    @property
    def contract(self) -> ModelContract:
        """Raises Unavailable until `connect` has succeeded."""
        if self._contract is None:
            raise Unavailable(SERVER, f"model {self._name!r} has not answered yet")
        return self._contract

    @property
    def version(self) -> str:
        return self.contract.label

    async def ready(self, deadline: Deadline) -> bool:
        """Whether Triton serves the model now. Raises Unavailable if Triton does not answer, DeadlineExceeded."""
        timeout = max(deadline.remaining(), 0.001)
        return bool(await _answer(self._client.is_model_ready(self._name, client_timeout=timeout)))

    async def connect(self, deadline: Deadline) -> None:
        """Read the model's contract from Triton.

        Raises Unavailable, DeadlineExceeded; StartupError for a model that Tillsight did not export.
        """
        timeout = max(deadline.remaining(), 0.001)
        config = (await _answer(self._client.get_model_config(self._name, client_timeout=timeout))).config
        metadata = await _answer(self._client.get_model_metadata(self._name, client_timeout=timeout))
        if len(config.input) != 1 or len(config.output) != 1 or "fingerprint" not in config.parameters:
            raise StartupError(
                f"Triton's model {self._name!r} was not exported by Tillsight: it needs one input, one output and a "
                "`fingerprint` parameter in config.pbtxt"
            )
        try:
            text = config.parameters["calibration"].string_value if "calibration" in config.parameters else ""
            calibration = Calibration.from_json(text) if text else Calibration()
        except InvalidInput as error:
            raise StartupError(f"Triton's model {self._name!r}: {error}") from error
        self._contract = ModelContract(
            name=self._name,
            version=max(metadata.versions, key=int),
            fingerprint=config.parameters["fingerprint"].string_value,
            max_batch_size=max(config.max_batch_size, 1),
            input_name=config.input[0].name,
            input_shape=tuple(config.input[0].dims),
            output_name=config.output[0].name,
            output_shape=tuple(config.output[0].dims),
            calibration=calibration,
        )

    async def infer(self, batch: Pixels, deadline: Deadline) -> NDArray[Any]:
        """Run the model on uint8 [N, ...] in one request, or in as few as max_batch_size allows.

        Raises Unavailable, DeadlineExceeded.
        """
        contract = self.contract
        parts = math.ceil(len(batch) / contract.max_batch_size)
        answers = await asyncio.gather(
            *(self._infer_part(contract, part, deadline) for part in np.array_split(batch, parts))
        )
        return answers[0] if parts == 1 else np.concatenate(answers)

    async def _infer_part(self, contract: ModelContract, part: Pixels, deadline: Deadline) -> NDArray[Any]:
        timeout = deadline.remaining()
        if timeout <= 0:
            raise DeadlineExceeded("the deadline passed before Triton was asked")
        tensor = triton.InferInput(contract.input_name, part.shape, "UINT8")
        tensor.set_data_from_numpy(np.ascontiguousarray(part))
        answer = await _answer(
            self._client.infer(
                contract.name,
                [tensor],
                outputs=[triton.InferRequestedOutput(contract.output_name)],
                client_timeout=timeout,
            )
        )
        output = answer.as_numpy(contract.output_name)
        if output is None or len(output) != len(part):
            raise Unavailable(SERVER, f"model {contract.name!r} answered without its output {contract.output_name!r}")
        return np.asarray(output)


class TritonSegmenter(TritonModel):
    """The segmenter on Triton; see `recognition.ports.Segmenter`."""

    @property
    def input_size(self) -> tuple[int, int]:
        height, width, _ = self.contract.input_shape
        return height, width

    async def segment(self, image: Pixels, deadline: Deadline) -> Maps:
        """Maps uint8 [C, H, W] of a photo uint8 [H, W, 3]. Raises Unavailable, DeadlineExceeded."""
        maps: Maps = (await self.infer(image[None], deadline))[0]
        return maps


class TritonEmbedder(TritonModel):
    """An embedder on Triton; see `recognition.ports.Embedder`."""

    @property
    def fingerprint(self) -> str:
        return self.contract.fingerprint

    @property
    def crop_size(self) -> int:
        return self.contract.input_shape[0]

    @property
    def dimension(self) -> int:
        return self.contract.output_shape[0]

    @property
    def calibration(self) -> Calibration:
        """The parameter `calibration` of config.pbtxt."""
        return self.contract.calibration

    async def embed(self, crops: Pixels, deadline: Deadline) -> Vectors:
        """Unit vectors float32 [N, D] of crops uint8 [N, S, S, 3]. Raises Unavailable, DeadlineExceeded."""
        return np.asarray(await self.infer(crops, deadline), np.float32)
