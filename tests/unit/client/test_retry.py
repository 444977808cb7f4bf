"""Which failed calls an import repeats, and for how long."""

from __future__ import annotations

import grpc
import pytest

from tillsight.client import retry as retry_module
from tillsight.client.retry import RETRIED_STATUSES, RETRY_LIMIT_S, RETRY_PAUSE_S, Retry


class Failed(grpc.RpcError):
    """A call that failed with a status."""

    def __init__(self, code: grpc.StatusCode) -> None:
        self._code = code

    def code(self) -> grpc.StatusCode:
        return self._code


AWAY = Failed(grpc.StatusCode.UNAVAILABLE)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that `Retry` reads; its pauses move the clock."""
    now = [100.0]
    monkeypatch.setattr(retry_module.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(retry_module.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    return now


def test_before_the_first_success_no_call_is_repeated(clock: list[float]) -> None:
    with pytest.raises(Failed):
        Retry().pause_or_raise(AWAY)
    assert clock == [100.0]


@pytest.mark.parametrize("code", [code for code in grpc.StatusCode if code is not grpc.StatusCode.OK])
def test_only_statuses_that_may_pass_are_repeated_after_a_pause(clock: list[float], code: grpc.StatusCode) -> None:
    retry = Retry()
    retry.record_success()
    if code in RETRIED_STATUSES:
        retry.pause_or_raise(Failed(code))
        assert clock == [100.0 + RETRY_PAUSE_S]
    else:
        with pytest.raises(Failed):
            retry.pause_or_raise(Failed(code))


def test_calls_are_repeated_until_all_have_failed_for_the_limit(clock: list[float]) -> None:
    retry = Retry()
    retry.record_success()
    with pytest.raises(Failed):
        for _ in range(10_000):
            retry.pause_or_raise(AWAY)
    assert clock[0] - 100.0 == pytest.approx(RETRY_LIMIT_S)


def test_a_success_starts_the_limit_again(clock: list[float]) -> None:
    retry = Retry()
    retry.record_success()
    retry.pause_or_raise(AWAY)
    clock[0] += RETRY_LIMIT_S
    retry.record_success()
    retry.pause_or_raise(AWAY)
    assert clock[0] == pytest.approx(100.0 + RETRY_LIMIT_S + 2 * RETRY_PAUSE_S)
