"""Errors as one sentence on the terminal."""

from __future__ import annotations

import grpc
from pydantic import ValidationError


def explain(error: Exception) -> str:
    """One sentence that explains an error: status and details of a call, the setting that is wrong, or its message."""
    if isinstance(error, grpc.RpcError) and isinstance(error, grpc.Call):
        return f"{error.code().name}: {error.details()}"
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"setting TILLSIGHT_{str(first['loc'][0]).upper()}: {first['msg']}"
    return str(error)
