"""The gRPC status of each Tillsight error, in one table; a subclass without an entry has its base class's status."""

from __future__ import annotations

import grpc

from tillsight.domain import errors

STATUSES: dict[type[errors.TillsightError], grpc.StatusCode] = {
    errors.InvalidInput: grpc.StatusCode.INVALID_ARGUMENT,
    errors.NotFound: grpc.StatusCode.NOT_FOUND,
    errors.Overloaded: grpc.StatusCode.RESOURCE_EXHAUSTED,
    errors.DeadlineExceeded: grpc.StatusCode.DEADLINE_EXCEEDED,
    errors.Unavailable: grpc.StatusCode.UNAVAILABLE,
    errors.FingerprintMismatch: grpc.StatusCode.FAILED_PRECONDITION,
    errors.RebuildRefused: grpc.StatusCode.FAILED_PRECONDITION,
    errors.GalleryReplaced: grpc.StatusCode.UNAVAILABLE,
    errors.StartupError: grpc.StatusCode.UNAVAILABLE,
}


def status_of(error: errors.TillsightError) -> grpc.StatusCode:
    """The status of an error: that of its own class, else of the nearest base class, else INTERNAL."""
    for kind in type(error).__mro__:
        if kind in STATUSES:
            return STATUSES[kind]
    return grpc.StatusCode.INTERNAL
