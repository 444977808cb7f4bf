"""Errors as one sentence for people."""

from __future__ import annotations

import grpc
from pydantic import ValidationError


def explain(error: Exception) -> str:
    """One sentence on an error, for people."""
    if isinstance(error, grpc.RpcError) and isinstance(error, grpc.Call):
        return f"{error.code().name}: {error.details()}"
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"setting TILLSIGHT_{str(first['loc'][0]).upper()}: {first['msg']}"
    return str(error)
