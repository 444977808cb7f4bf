"""What several commands use: common options, the address of the service, the consoles and the progress bar."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from tillsight.config import Settings

out, err = Console(), Console(stderr=True)

ANY_ADDRESS, LOOPBACK = "0.0.0.0", "127.0.0.1"  # noqa: S104 (compared with, not bound)

Server = Annotated[str | None, typer.Option(help="HOST:PORT of the service (default: on this machine).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
OwnStore = Annotated[str, typer.Option("--store", help="The store that owns the product (default: a shared product).")]


def server_address(server: str | None) -> str:
    """HOST:PORT of the service to call: `server` if it is given, else where `serve` listens with these settings."""
    settings = Settings()
    host = LOOPBACK if settings.host == ANY_ADDRESS else settings.host
    return server or f"{host}:{settings.port}"


class Rate(ProgressColumn):
    """Steps of the task per second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f}/s" if speed else "")


def counting_progress() -> Progress:
    """A progress bar on stderr with count, rate, elapsed time and remaining time."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=err,
        speed_estimate_period=120,  # seconds: on two cores an import call takes half a minute
    )
