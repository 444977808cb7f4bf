"""What the commands share: the consoles, and the options that mean the same everywhere."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from tillsight.config import Settings

out, err = Console(), Console(stderr=True)

Server = Annotated[str | None, typer.Option(help="The service, HOST:PORT. [default: this machine's]")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
OwnStore = Annotated[str, typer.Option("--store", help="Of this store's own products; without it, of the shared ones.")]


def server_address(server: str | None) -> str:
    """The service to call: the one named, else the one these settings would start."""
    settings = Settings()
    return server or f"{settings.host}:{settings.port}"
