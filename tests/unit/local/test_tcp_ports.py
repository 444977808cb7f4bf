"""Ports are chosen free, and one in use is named."""

from __future__ import annotations

import socket

import pytest

from tillsight.domain.errors import StartupError
from tillsight.local.tcp_ports import LOOPBACK, check_free, free_ports


def test_chosen_ports_differ_and_are_free():
    ports = free_ports(8)
    assert len(set(ports)) == 8
    for port in ports:
        check_free(port, "a test")


def test_a_port_in_use_is_named_with_its_purpose():
    with socket.create_server((LOOPBACK, 0)) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(StartupError, match=rf"port {port} for a test .*in use.*choose another port"):
            check_free(port, "a test")
