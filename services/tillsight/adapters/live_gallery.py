"""The live gallery: the version that the alias points at, opened with the embedder that made its vectors."""

from __future__ import annotations

import asyncio

import tritonclient.grpc.aio as triton

from tillsight.adapters.milvus.client import SERVER
from tillsight.adapters.milvus.gallery import MilvusGallery
from tillsight.adapters.milvus.names import fingerprint_of
from tillsight.adapters.milvus.versions import MilvusVersions
from tillsight.adapters.triton import TritonEmbedder
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import DeadlineExceeded, FingerprintMismatch, TillsightError, Unavailable
from tillsight.recognition.ports import OpenGallery

WRITE_FENCE_POLL_S = 0.1


class MilvusLiveGallery:
    """Follows the alias. A call that began before the alias moved finishes on the version it began with."""

    def __init__(
        self, client: triton.InferenceServerClient, versions: MilvusVersions, model: str, rotations: int
    ) -> None:
        """Without any gallery version, the first one is created with the embedder `model` and `rotations`."""
        self._client = client
        self._versions = versions
        self._model = model
        self._rotations = rotations
        self._current: OpenGallery[MilvusGallery] | TillsightError = Unavailable(
            SERVER, "the gallery has not been opened yet"
        )
        self._model_in_use = model
        self._following = asyncio.Lock()

    def current(self) -> OpenGallery[MilvusGallery]:
        """See `LiveGallery.current`."""
        if isinstance(self._current, TillsightError):
            raise self._current
        return self._current

    async def for_writing(self, deadline: Deadline) -> OpenGallery[MilvusGallery]:
        """See `LiveGallery.for_writing`."""
        while True:
            name, fenced = await self._versions.live_and_write_fence(deadline)
            if not fenced:
                break
            if deadline.remaining() <= WRITE_FENCE_POLL_S:
                raise DeadlineExceeded("the deadline passed while another gallery version was swapped in")
            await asyncio.sleep(WRITE_FENCE_POLL_S)
        if isinstance(self._current, TillsightError) or self._current.gallery.version != name:
            await self.follow(deadline)
        return self.current()

    async def ready(self, deadline: Deadline) -> None:
        """Raises Unavailable where Triton does not answer, or does not serve the embedder."""
        if not await TritonEmbedder(self._client, self._model_in_use).ready(deadline):
            raise Unavailable("Triton", f"model {self._model_in_use!r} is not ready")

    async def follow(self, deadline: Deadline, reopen: bool = False) -> None:
        """Open the version that the alias points at now; with `reopen`, also if it is the one that is open.

        Raises FingerprintMismatch if Triton does not serve its embedder, Unavailable, DeadlineExceeded.
        """
        async with self._following:
            name = await self._versions.live(deadline)
            have = None if isinstance(self._current, TillsightError) else self._current.gallery.version
            if name is not None and name == have and not reopen:
                return
            try:
                self._current = await (self._open(name, deadline) if name else self._create_first(deadline))
            except FingerprintMismatch as error:
                self._current = error
                raise

    async def embedder(self, model: str, deadline: Deadline) -> TritonEmbedder:
        """See `SwitchableLiveGallery.embedder`."""
        embedder = TritonEmbedder(self._client, model)
        await embedder.connect(deadline)
        return embedder

    async def _create_first(self, deadline: Deadline) -> OpenGallery[MilvusGallery]:
        embedder = await self.embedder(self._model, deadline)
        gallery = await self._versions.create_first(self._model, embedder, self._rotations, deadline)
        self._model_in_use = self._model
        return OpenGallery(embedder, gallery, self._rotations)

    async def _open(self, name: str, deadline: Deadline) -> OpenGallery[MilvusGallery]:
        version = await self._versions.version(name, deadline)
        trouble: TillsightError = Unavailable("Triton", f"it has no embedder {version.embedder!r}")
        # The model may have got another name since.
        for model in dict.fromkeys((version.embedder, self._model)):
            try:
                embedder = await self.embedder(model, deadline)
            except Unavailable as error:
                trouble = error if isinstance(trouble, Unavailable) else trouble
                continue
            if embedder.fingerprint == version.fingerprint:
                self._model_in_use = model
                return OpenGallery(embedder, await self._versions.open(name, deadline), version.rotations)
            trouble = FingerprintMismatch(name, fingerprint_of(name), embedder.fingerprint)
        raise trouble
