"""Every error has its gRPC status."""

from __future__ import annotations

import inspect

import grpc
import pytest

from tillsight.domain import errors
from tillsight.rpc.statuses import status_of

EXPECTED = {
    errors.InvalidInput: grpc.StatusCode.INVALID_ARGUMENT,
    errors.InvalidPhoto: grpc.StatusCode.INVALID_ARGUMENT,
    errors.InvalidProduct: grpc.StatusCode.INVALID_ARGUMENT,
    errors.InvalidManifest: grpc.StatusCode.INVALID_ARGUMENT,
    errors.InvalidGalleryFile: grpc.StatusCode.INVALID_ARGUMENT,
    errors.NotFound: grpc.StatusCode.NOT_FOUND,
    errors.Overloaded: grpc.StatusCode.RESOURCE_EXHAUSTED,
    errors.DeadlineExceeded: grpc.StatusCode.DEADLINE_EXCEEDED,
    errors.Unavailable: grpc.StatusCode.UNAVAILABLE,
    errors.FingerprintMismatch: grpc.StatusCode.FAILED_PRECONDITION,
    errors.RebuildRefused: grpc.StatusCode.FAILED_PRECONDITION,
    errors.GalleryReplaced: grpc.StatusCode.UNAVAILABLE,
    errors.StartupError: grpc.StatusCode.UNAVAILABLE,
}
TREE = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, errors.TillsightError) and kind is not errors.TillsightError
]


def made(kind: type[errors.TillsightError]) -> errors.TillsightError:
    if issubclass(kind, errors.Unavailable):
        return kind("Triton", "why")
    return kind("gallery", "aa", "bb") if issubclass(kind, errors.FingerprintMismatch) else kind("why")


@pytest.mark.parametrize("kind", TREE)
def test_each_class_of_errors_has_the_status_callers_rely_on(kind: type[errors.TillsightError]) -> None:
    assert status_of(made(kind)) is EXPECTED[kind]


@pytest.mark.parametrize("kind", TREE)
def test_a_subclass_has_the_status_of_its_nearest_base(kind: type[errors.TillsightError]) -> None:
    assert status_of(made(type("Special", (kind,), {}))) is EXPECTED[kind]


def test_an_error_of_no_known_class_is_internal() -> None:
    assert status_of(errors.TillsightError("?")) is grpc.StatusCode.INTERNAL
