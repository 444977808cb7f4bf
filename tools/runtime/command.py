"""How a tool starts from the command line, and the progress bar it shows."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from tillsight.domain.errors import TillsightError


def run(command: Callable[[], object]) -> None:
    """Run a command. A TillsightError becomes one line on stderr and exit code 2."""
    try:
        command()
    except TillsightError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(2) from error


def report_faults(faults: Sequence[str]) -> None:
    """Print the faults that a check found to stderr, one line each; exit code 1 if there is one."""
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        raise SystemExit(1)


def timed_progress(console: Console, counted: bool = False) -> Progress:
    """A progress bar with elapsed and remaining time, and either the percentage or, if `counted`, the count."""
    amount: ProgressColumn = MofNCompleteColumn() if counted else TextColumn("{task.percentage:3.0f} %")
    columns = (TextColumn("{task.description}"), BarColumn(), amount, TimeElapsedColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console)
