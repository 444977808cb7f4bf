"""The live pair: the gallery version that the alias points at, and the embedder on Triton that made its vectors."""

from __future__ import annotations

import asyncio

import tritonclient.grpc.aio as triton

from tillsight.adapters.milvus import MilvusGallery, fingerprint_in
from tillsight.adapters.milvus_client import SERVER
from tillsight.adapters.milvus_galleries import MilvusGalleries
from tillsight.adapters.triton import TritonEmbedder
from tillsight.domain import Deadline
from tillsight.errors import DeadlineExceeded, FingerprintMismatch, TillsightError, Unavailable
from tillsight.live import Pair

SEAL_POLL_S = 0.1


class LivePair:
    """Follows the alias. Calls that took a pair before it moved end on that one."""

    def __init__(
        self, client: triton.InferenceServerClient, galleries: MilvusGalleries, model: str, rotations: int
    ) -> None:
        """Where there is no gallery yet, one is made by the embedder `model` at so many rotations."""
        self._client = client
        self._galleries = galleries
        self._model = model
        self._rotations = rotations
        self._pair: Pair[MilvusGallery] | TillsightError = Unavailable(SERVER, "the gallery has not been opened yet")
        self._model_in_use = model
        self._following = asyncio.Lock()

    def pair(self) -> Pair[MilvusGallery]:
        """The pair that answers now; raises why there is none."""
        if isinstance(self._pair, TillsightError):
            raise self._pair
        return self._pair

    async def settled(self, deadline: Deadline) -> Pair[MilvusGallery]:
        """See `live.Live.settled`."""
        while True:
            name, sealed = await self._galleries.live_and_sealed(deadline)
            if not sealed:
                break
            if deadline.remaining() <= SEAL_POLL_S:
                raise DeadlineExceeded("the deadline passed while another gallery version was swapped in")
            await asyncio.sleep(SEAL_POLL_S)
        if isinstance(self._pair, TillsightError) or self._pair.gallery.version != name:
            await self.follow(deadline)
        return self.pair()

    async def ready(self, deadline: Deadline) -> None:
        """Raises Unavailable where Triton does not answer, or does not serve the embedder."""
        if not await TritonEmbedder(self._client, self._model_in_use).ready(deadline):
            raise Unavailable("Triton", f"model {self._model_in_use!r} is not ready")

    async def follow(self, deadline: Deadline, afresh: bool = False) -> None:
        """Take the pair that the alias names now; `afresh`, also where it is the one we have.

        Raises FingerprintMismatch where Triton does not serve its embedder, Unavailable, DeadlineExceeded.
        """
        async with self._following:
            name = await self._galleries.live(deadline)
            have = None if isinstance(self._pair, TillsightError) else self._pair.gallery.version
            if name is not None and name == have and not afresh:
                return
            try:
                self._pair = await (self._open(name, deadline) if name else self._found(deadline))
            except FingerprintMismatch as error:
                self._pair = error
                raise

    async def embedder(self, model: str, deadline: Deadline) -> TritonEmbedder:
        """The embedder by its name on Triton. Raises Unavailable, StartupError where it is none of ours."""
        embedder = TritonEmbedder(self._client, model)
        await embedder.connect(deadline)
        return embedder

    async def _found(self, deadline: Deadline) -> Pair[MilvusGallery]:
        embedder = await self.embedder(self._model, deadline)
        gallery = await self._galleries.found(self._model, embedder, self._rotations, deadline)
        self._model_in_use = self._model
        return Pair(embedder, gallery, self._rotations)

    async def _open(self, name: str, deadline: Deadline) -> Pair[MilvusGallery]:
        version = await self._galleries.version(name, deadline)
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
                return Pair(embedder, await self._galleries.open(name, deadline), version.rotations)
            trouble = FingerprintMismatch(name, fingerprint_in(name), embedder.fingerprint)
        raise trouble
