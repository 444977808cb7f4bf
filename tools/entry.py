"""How a tool is started from the command line."""

from __future__ import annotations

import sys
from collections.abc import Callable

from tillsight.domain.errors import TillsightError


def run(command: Callable[[], object]) -> None:
    """Run a command; an error of ours is told in one line on stderr and ends with exit code 2."""
    try:
        command()
    except TillsightError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(2) from error
