"""Settings to adapters to use cases to the server: the one place where the parts meet."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import TypeVar

import structlog
import tritonclient.grpc.aio as triton

from tillsight.adapters.live_gallery import MilvusLiveGallery
from tillsight.adapters.milvus.client import MilvusCalls
from tillsight.adapters.milvus.versions import MilvusVersions
from tillsight.adapters.photo_store import FolderPhotoStore
from tillsight.adapters.triton import TritonSegmenter
from tillsight.catalogue.catalogue import Catalogue
from tillsight.config import Settings
from tillsight.domain.deadline import Deadline
from tillsight.domain.errors import FingerprintMismatch, TillsightError, Unavailable
from tillsight.gallery.rebuild import Rebuilder
from tillsight.gallery.sync import GallerySync
from tillsight.imaging.decoding import PhotoLimits
from tillsight.recognition.recognizer import Recognizer
from tillsight.rpc.server import Server

T = TypeVar("T")

log = structlog.get_logger()

CHECK_EVERY_S = 1.0
CHECK_DEADLINE_S = 3.0
OPEN_DEADLINE_S = 60.0
START_DEADLINE_S = 120.0


class Service:
    """The gRPC service on a Triton and a Milvus that run elsewhere. Made inside a running event loop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._triton = triton.InferenceServerClient(settings.triton)
        self._segmenter = TritonSegmenter(self._triton, settings.segmenter_model)
        self._milvus = MilvusCalls(settings.milvus, settings.milvus_token)
        model, rotations = settings.embedder_model, settings.rotations
        self._galleries = MilvusVersions(self._milvus, settings.gallery, model, rotations)
        self._live = MilvusLiveGallery(self._triton, self._galleries, model, rotations)
        limits = PhotoLimits(max_bytes=settings.max_photo_bytes, max_pixels=settings.max_photo_pixels)
        references = FolderPhotoStore(settings.data_dir / "references")
        sync = GallerySync(self._segmenter, references, limits)
        self._server = Server(
            Recognizer(self._segmenter, self._live, limits, settings.candidates),
            Catalogue(self._segmenter, self._live, references, limits, sync),
            Rebuilder(self._live, self._galleries, sync, settings.rebuild_share, settings.default_deadline_s),
            max_photo_bytes=settings.max_photo_bytes,
            max_concurrent_calls=settings.max_concurrent_calls,
            default_deadline_s=settings.default_deadline_s,
            enrol_deadline_s=settings.enrol_deadline_s,
        )
        self._connected = False
        self._trouble: str | None = None
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> int:
        """Listen and begin to watch Triton and Milvus; the port.

        Where one of them is away the service starts all the same, NOT_SERVING until it is there.
        Raises FingerprintMismatch where the gallery was built by another embedder, StartupError.
        """
        port = await self._server.start(self._settings.host, self._settings.port)
        try:
            await self._check()
        except FingerprintMismatch:
            await self.stop()
            raise
        self._watch = asyncio.create_task(self._keep_watching())
        return port

    async def stop(self) -> None:
        """Finish calls under way within the grace period and let go of Triton and Milvus."""
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        await self._server.stop(self._settings.grace_s)
        self._milvus.close()
        await self._triton.close()

    async def _keep_watching(self) -> None:
        while True:
            await asyncio.sleep(CHECK_EVERY_S)
            try:
                await self._check()
            except FingerprintMismatch as error:
                await self._report(str(error))
            except Exception:
                log.exception("health check failed unexpectedly")
                await self._server.set_serving(False)

    async def _check(self) -> None:
        """See whether both servers are there, connect to what came back, and set the health accordingly."""
        deadline = Deadline.after(CHECK_DEADLINE_S)
        try:
            await asyncio.gather(
                self._segmenter_is_ready(deadline), self._live.ready(deadline), self._galleries.ping(deadline)
            )
            opening = Deadline.after(OPEN_DEADLINE_S)
            if not self._connected:
                await self._segmenter.connect(opening)
            await self._live.follow(opening, reopen=not self._connected)
            self._connected = True
        except FingerprintMismatch:
            raise
        except TillsightError as error:
            self._connected = False
            await self._report(str(error))
        else:
            await self._report(None)

    async def _segmenter_is_ready(self, deadline: Deadline) -> None:
        if not await self._segmenter.ready(deadline):
            raise Unavailable("Triton", f"model {self._settings.segmenter_model!r} is not ready")

    async def _report(self, trouble: str | None) -> None:
        if trouble != self._trouble:
            if trouble:
                log.warning("not serving", reason=trouble)
            else:
                log.info("serving again")
        self._trouble = trouble
        await self._server.set_serving(trouble is None)


@contextlib.contextmanager
def in_background(settings: Settings) -> Iterator[str]:
    """Run the service in a thread of this process during the block, which is given its address, HOST:PORT.

    Raises as `Service.start` does.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="tillsight", daemon=True)
    thread.start()

    def run(work: Coroutine[None, None, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, loop).result(START_DEADLINE_S)

    async def make() -> Service:
        return Service(settings)

    try:
        service = run(make())
        port = run(service.start())
        try:
            yield f"{settings.host}:{port}"
        finally:
            run(service.stop())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def serve(settings: Settings, on_ready: Callable[[int], None]) -> None:
    """Run the service until SIGINT or SIGTERM; `on_ready` is given the port. Raises as `Service.start` does."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    service = Service(settings)
    on_ready(await service.start())
    await stopping.wait()
    await service.stop()
