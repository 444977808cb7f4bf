"""What tests on real servers check of calls."""

from __future__ import annotations

import time
from collections.abc import Callable

import grpc
import pytest

SOON_S = 5.0


def soon(shown: Callable[[], bool]) -> bool:
    """Whether `shown` becomes true soon: the write of another client is visible after Milvus's next time tick."""
    end = time.monotonic() + SOON_S
    while not shown():
        if time.monotonic() > end:
            return False
    return True


def status_of(call: Callable[[], object]) -> grpc.StatusCode:
    with pytest.raises(grpc.RpcError) as caught:
        call()
    code: grpc.StatusCode = caught.value.code()
    return code
