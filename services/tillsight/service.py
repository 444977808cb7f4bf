"""The composition root: builds adapters, use cases and the gRPC server from the settings, and watches their health."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import TypeVar

import structlog

from tillsight.adapters.live_gallery import MilvusLiveGallery
from tillsight.adapters.milvus.client import MilvusCalls
from tillsight.adapters.milvus.versions import MilvusVersions
from tillsight.adapters.photo_store import FolderPhotoStore
from tillsight.adapters.triton import TritonSegmenter, connect_triton
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

HEALTH_CHECK_INTERVAL_S = 1.0
HEALTH_CHECK_DEADLINE_S = 3.0
"""For the answers of Triton and Milvus to one health check."""
OPEN_DEADLINE_S = 60.0
"""For opening the live gallery, which Milvus may have to load first."""
BACKGROUND_DEADLINE_S = 120.0
"""For start and stop of a service that runs in a thread."""


class Service:
    """The gRPC service, with an external Triton and Milvus. Create it inside a running event loop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._triton = connect_triton(settings.triton)
        self._segmenter = TritonSegmenter(self._triton, settings.segmenter_model)
        self._milvus = MilvusCalls(settings.milvus, settings.milvus_token)
        model, rotations = settings.embedder_model, settings.rotations
        self._versions = MilvusVersions(self._milvus, settings.gallery, model, rotations)
        self._live = MilvusLiveGallery(self._triton, self._versions, model, rotations)
        limits = PhotoLimits(max_bytes=settings.max_photo_bytes, max_pixels=settings.max_photo_pixels)
        photos = FolderPhotoStore(settings.data_dir / "references")
        sync = GallerySync(self._segmenter, photos, limits)
        self._server = Server(
            Recognizer(self._segmenter, self._live, limits, settings.candidates),
            Catalogue(self._segmenter, self._live, photos, limits, sync),
            Rebuilder(self._live, self._versions, sync, settings.rebuild_share, settings.default_deadline_s),
            max_photo_bytes=settings.max_photo_bytes,
            max_concurrent_calls=settings.max_concurrent_calls,
            default_deadline_s=settings.default_deadline_s,
            enrol_deadline_s=settings.enrol_deadline_s,
        )
        self._connected = False
        self._not_serving_reason: str | None = None
        self._health_checks: asyncio.Task[None] | None = None

    async def start(self) -> int:
        """Listen, start the health checks of Triton and Milvus, and return the port.

        If Triton or Milvus is unavailable the service starts nevertheless and is NOT_SERVING until both answer. Raises
        FingerprintMismatch if another embedder built the gallery, StartupError if the port is not available.
        """
        port = await self._server.start(self._settings.host, self._settings.port)
        try:
            await self._check_health()
        except FingerprintMismatch:
            await self.stop()
            raise
        self._health_checks = asyncio.create_task(self._check_health_repeatedly())
        return port

    async def stop(self) -> None:
        """Let running calls finish within the grace period, then close the connections to Triton and Milvus."""
        if self._health_checks is not None:
            self._health_checks.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._health_checks
        await self._server.stop(self._settings.grace_s)
        self._milvus.close()
        await self._triton.close()

    async def _check_health_repeatedly(self) -> None:
        while True:
            await asyncio.sleep(HEALTH_CHECK_INTERVAL_S)
            try:
                await self._check_health()
            except FingerprintMismatch as error:
                await self._report(str(error))
            except Exception:
                log.exception("health check failed unexpectedly")
                await self._server.set_serving(False)

    async def _check_health(self) -> None:
        """Check that Triton and Milvus answer, follow the alias to the live gallery, and report the health.

        Raises FingerprintMismatch.
        """
        deadline = Deadline.after(HEALTH_CHECK_DEADLINE_S)
        try:
            await asyncio.gather(
                self._check_segmenter(deadline), self._live.ready(deadline), self._versions.ping(deadline)
            )
            opening = Deadline.after(OPEN_DEADLINE_S)
            # After an outage a server may return with other models, so their contracts are read again.
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

    async def _check_segmenter(self, deadline: Deadline) -> None:
        if not await self._segmenter.ready(deadline):
            raise Unavailable("Triton", f"model {self._settings.segmenter_model!r} is not ready")

    async def _report(self, not_serving_reason: str | None) -> None:
        """Set the health status, and log it if the reason has changed. None means that the service is serving."""
        if not_serving_reason != self._not_serving_reason:
            if not_serving_reason:
                log.warning("not serving", reason=not_serving_reason)
            else:
                log.info("serving again")
        self._not_serving_reason = not_serving_reason
        await self._server.set_serving(not_serving_reason is None)


@contextlib.contextmanager
def in_background(settings: Settings) -> Iterator[str]:
    """Run the service in a thread of this process during the block; yields its address, HOST:PORT.

    Raises as `Service.start` does.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="tillsight", daemon=True)
    thread.start()

    def run(coroutine: Coroutine[None, None, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(BACKGROUND_DEADLINE_S)

    async def create() -> Service:
        return Service(settings)

    try:
        service = run(create())
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
    """Run the service until SIGINT or SIGTERM. Calls `on_ready` with the port. Raises as `Service.start` does."""
    stop_requested = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop_requested.set)
    service = Service(settings)
    on_ready(await service.start())
    await stop_requested.wait()
    await service.stop()
