"""What happens around every call: admission, one log line, and the status of an error."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

import grpc
import structlog

from tillsight.domain.errors import TillsightError
from tillsight.rpc.admission import Admission
from tillsight.rpc.statuses import status_of

log = structlog.get_logger()

Continuation = Callable[[grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler]]

TILLSIGHT_METHODS = "/tillsight."


class CallInterceptor(grpc.aio.ServerInterceptor):  # type: ignore[misc]
    """Admits and logs the calls of Tillsight's services and maps their errors. Health and reflection bypass it."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission

    async def intercept_service(
        self, continuation: Continuation, details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler:
        handler = await continuation(details)
        if handler is None or not details.method.startswith(TILLSIGHT_METHODS):
            return handler
        kind = ("stream" if handler.request_streaming else "unary", "stream" if handler.response_streaming else "unary")
        call_method = getattr(handler, "_".join(kind))
        make_handler = getattr(grpc, f"{'_'.join(kind)}_rpc_method_handler")

        async def unary_response(request: Any | AsyncIterator[Any], context: grpc.aio.ServicerContext) -> Any:
            async with self._call(details.method, context):
                return await call_method(request, context)

        async def stream_response(request: Any | AsyncIterator[Any], context: grpc.aio.ServicerContext) -> None:
            # Messages are written here and not yielded: if the client cancels, gRPC then cancels this block, so the
            # slot is released and the method's generator is closed at once.
            async with self._call(details.method, context), aclosing(call_method(request, context)) as messages:
                async for message in messages:
                    await context.write(message)

        behaviour = stream_response if handler.response_streaming else unary_response
        return make_handler(behaviour, handler.request_deserializer, handler.response_serializer)

    @asynccontextmanager
    async def _call(self, method: str, context: grpc.aio.ServicerContext) -> AsyncIterator[None]:
        """Hold a slot during a call, log its status, and abort it with the status of the error that it raised."""
        start = time.perf_counter()
        status, message = grpc.StatusCode.OK, ""
        try:
            with self._admission.slot():
                yield
        except TillsightError as error:
            status, message = status_of(error), str(error)
        except asyncio.CancelledError:
            status, message = grpc.StatusCode.CANCELLED, "the client cancelled the call or its deadline passed"
            raise
        except Exception:
            log.exception("call failed unexpectedly", method=method)
            status, message = grpc.StatusCode.INTERNAL, "internal error: see the log of the service"
        finally:
            elapsed = round((time.perf_counter() - start) * 1000, 1)
            log.info("call", method=method, status=status.name, elapsed_ms=elapsed, reason=message or None)
        if status is not grpc.StatusCode.OK:
            await context.abort(status, message)
