"""What the commands share: the consoles, the progress bar, and the options that mean the same everywhere."""

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

EVERY_ADDRESS, THIS_MACHINE = "0.0.0.0", "127.0.0.1"  # noqa: S104 (compared with, not bound)

Server = Annotated[str | None, typer.Option(help="The service, HOST:PORT. [default: this machine's]")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
OwnStore = Annotated[str, typer.Option("--store", help="Of this store's own products; without it, of the shared ones.")]


def server_address(server: str | None) -> str:
    """The service to call: the one named, else the one these settings would start."""
    settings = Settings()
    host = THIS_MACHINE if settings.host == EVERY_ADDRESS else settings.host
    return server or f"{host}:{settings.port}"


class Rate(ProgressColumn):
    """How many of the task's things are done in a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f}/s" if speed else "")


def counting_progress() -> Progress:
    """A progress bar with count, rate and time left, on stderr."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=err,
        speed_estimate_period=120,  # an import on two cores is acknowledged every half minute
    )
