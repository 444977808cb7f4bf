"""Ports on loopback: chosen by the system, or checked before a server takes them."""

from __future__ import annotations

import os
import socket

from tillsight.domain.errors import StartupError

LOOPBACK = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """`count` different ports nobody listens on, chosen by the system."""
    sockets = [socket.create_server((LOOPBACK, 0)) for _ in range(count)]
    try:
        return [int(server.getsockname()[1]) for server in sockets]
    finally:
        for server in sockets:
            server.close()


def check_free(port: int, purpose: str) -> None:
    """Raises StartupError where something listens on `port` already, or it may not be used."""
    try:
        socket.create_server((LOOPBACK, port)).close()
    except OSError as error:
        raise StartupError(
            f"port {port} for {purpose} cannot be used ({os.strerror(error.errno or 0).lower()}): "
            "stop the program that holds it or choose another port"
        ) from error
