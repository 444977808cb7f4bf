"""Measured figures for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table


def show_groups(figures: Mapping[str, Any], title: str, as_json: bool) -> None:
    """Show figures whose nested objects are groups, such as `by_group`; one column for each group."""
    total = {name: value for name, value in figures.items() if not isinstance(value, dict)}
    parts: dict[str, Mapping[str, Any]] = {"all": total}
    for name, value in figures.items():
        if isinstance(value, dict):
            nested = all(isinstance(part, dict) for part in value.values())
            parts.update(value if nested else {name: value})
    show(figures, parts, total, title, as_json)


def show_variants(figures: Mapping[str, Any], title: str, as_json: bool) -> None:
    """Show the figures of several variants, such as the kinds of Milvus; one column for each variant."""
    parts: dict[str, Mapping[str, Any]] = {name: part for name, part in figures.items() if isinstance(part, dict)}
    whole = {name: value for name, value in figures.items() if name not in parts}
    if whole:
        parts = {"": whole, **parts}
    rows = dict.fromkeys(name for part in parts.values() for name in part)
    show(figures, parts, rows, title, as_json)


def show(
    figures: Mapping[str, Any], parts: Mapping[str, Mapping[str, Any]], rows: Iterable[str], title: str, as_json: bool
) -> None:
    """Print the figures as one JSON object on stdout, or as a table with a column for each part and these rows."""
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
