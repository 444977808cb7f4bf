"""Measured figures for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table


def show(
    figures: Mapping[str, Any], parts: Mapping[str, Mapping[str, Any]], rows: Iterable[str], title: str, as_json: bool
) -> None:
    """The figures as one JSON object on stdout, or as a table: a column for each of `parts`, and these rows."""
    if as_json:
        print(json.dumps(figures))
        return
    table = Table("figure", *parts, title=title)
    for name in rows:
        table.add_row(name, *(_format(part.get(name)) for part in parts.values()))
    Console().print(table)


def _format(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.3f}" if isinstance(value, float) else str(value)
