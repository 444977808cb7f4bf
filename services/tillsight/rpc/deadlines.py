"""The deadline of a call."""

from __future__ import annotations

import grpc

from tillsight.domain.deadline import Deadline


def deadline_of(context: grpc.aio.ServicerContext, default_s: float) -> Deadline:
    """The deadline that the client set, or `default_s` seconds from now if it set none."""
    remaining = context.time_remaining()
    return Deadline.after(default_s if remaining is None else remaining)
