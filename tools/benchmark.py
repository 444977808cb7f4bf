"""Figures of the running service on real servers of this machine; `python tools/benchmark.py COMMAND --help`.

Each command starts what it needs on loopback, under a folder of its own, and stops it again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tillsight.cli import explain
from tillsight.config import configure_logging
from tillsight.errors import TillsightError

app = typer.Typer(help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False)

ROOT = Path(__file__).resolve().parent.parent
err = Console(stderr=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, nothing else there.")]


@app.callback()
def main() -> None:
    """Figures of the running service on real servers of this machine."""
    configure_logging("error")


def show(figures: dict[str, Any], title: str, as_json: bool) -> None:
    """The figures as one JSON object, or as a table with a column for each part with figures of its own."""
    if as_json:
        print(json.dumps(figures))
        return
    parts = {name: part for name, part in figures.items() if isinstance(part, dict)}
    whole = {name: value for name, value in figures.items() if name not in parts}
    if whole:
        parts = {"": whole, **parts}
    table = Table("figure", *parts, title=title)
    for name in dict.fromkeys(name for part in parts.values() for name in part):
        table.add_row(name, *(_format(part.get(name)) for part in parts.values()))
    Console().print(table)


def _format(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.3f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    try:
        app()
    except (TillsightError, OSError) as error:
        err.print(f"error: {explain(error)}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise SystemExit(2) from error
