"""TCP ports on loopback: chosen by the system, or checked before a server uses them."""

from __future__ import annotations

import os
import socket

from tillsight.domain.errors import StartupError

LOOPBACK = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """`count` different unused ports, chosen by the system."""
    sockets = [socket.create_server((LOOPBACK, 0)) for _ in range(count)]
    try:
        return [int(server.getsockname()[1]) for server in sockets]
    finally:
        for server in sockets:
            server.close()


def check_free(port: int, purpose: str) -> None:
    """Raises StartupError if another program listens on `port`, or this user may not listen on it."""
    try:
        socket.create_server((LOOPBACK, port)).close()
    except OSError as error:
        raise StartupError(
            f"port {port} for {purpose} cannot be used ({os.strerror(error.errno or 0).lower()}): "
            "stop the program that uses it, or choose another port"
        ) from error
