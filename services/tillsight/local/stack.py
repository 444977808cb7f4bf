"""Local Triton and Milvus together: started at the same time, and always stopped together."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from tillsight.local.folder_lock import FolderLock
from tillsight.local.milvus import LocalMilvus
from tillsight.local.triton import LocalTriton


class LocalStack:
    """The servers that the service needs, as a context manager. Inside it `triton` and `milvus` are their addresses.

    A server whose address is given (`triton` as HOST:PORT, `milvus` as a URI) is used and not started. The others keep
    their data under `data_dir`, which only one run can use at a time. `milvus_environment` selects the real Milvus
    server, see `LocalMilvus`. `progress` is called with a short message, from any thread.

    Entering returns when both are ready. If one fails to start it raises StartupError, and no server keeps running.
    """

    def __init__(
        self,
        model_repository: Path,
        data_dir: Path,
        *,
        triton: str | None = None,
        milvus: str | None = None,
        triton_port: int | None = None,
        milvus_port: int | None = None,
        milvus_environment: Path | None = None,
        progress: Callable[[str], None] = lambda message: None,
        deadline_s: float = 180.0,
    ) -> None:
        self.triton = triton or ""
        self.milvus = milvus or ""
        self._data_dir = data_dir
        self._progress = progress
        self._lock: FolderLock | None = None
        self._local_triton = (
            LocalTriton(model_repository, data_dir / "triton", grpc_port=triton_port, deadline_s=deadline_s)
            if triton is None
            else None
        )
        self._local_milvus = (
            LocalMilvus(data_dir / "milvus", port=milvus_port, environment=milvus_environment, deadline_s=deadline_s)
            if milvus is None
            else None
        )

    def __enter__(self) -> LocalStack:
        servers = {
            name: server
            for name, server in (("Triton", self._local_triton), ("Milvus", self._local_milvus))
            if server is not None
        }
        self._lock = FolderLock(self._data_dir)
        threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="start")
        try:
            starts = {threads.submit(server.start): name for name, server in servers.items()}
            waiting = sorted(servers)
            self._progress(f"Starting {' and '.join(waiting)}")
            for start in as_completed(starts):
                start.result()
                waiting.remove(starts[start])
                self._progress(f"Waiting for {' and '.join(waiting)}" if waiting else "The servers are ready")
        except BaseException:
            # One start failed, or Ctrl-C: abandon the other start instead of waiting for it.
            for server in servers.values():
                server.abandon()
            threads.shutdown()
            self._stop()
            raise
        threads.shutdown()
        if self._local_triton is not None:
            self.triton = self._local_triton.address
        if self._local_milvus is not None:
            self.milvus = self._local_milvus.uri
        return self

    def __exit__(self, *_: object) -> None:
        self._progress("Stopping the servers")
        self._stop()

    def _stop(self) -> None:
        servers = [server for server in (self._local_triton, self._local_milvus) if server is not None]
        try:
            with ThreadPoolExecutor(max_workers=2, thread_name_prefix="stop") as threads:
                list(threads.map(lambda server: server.stop(), servers))
        finally:
            if self._lock is not None:
                self._lock.release()
                self._lock = None
