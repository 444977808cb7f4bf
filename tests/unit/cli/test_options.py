"""Options that several commands share."""

from __future__ import annotations

import pytest

from tillsight.cli.options import server_address

pytestmark = pytest.mark.usefixtures("no_settings")


def test_a_service_that_listens_on_every_address_is_called_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILLSIGHT_HOST", "0.0.0.0")  # noqa: S104
    assert server_address(None) == "127.0.0.1:50051"
    assert server_address("tillsight:50051") == "tillsight:50051"
