"""What the generated pages share: the first line, and text as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tillsight.domain.errors import TillsightError


class MissingDescription(TillsightError):
    """A call or a setting has no description; the message names it and its file."""


def notice(source: str) -> str:
    """The first line of a page generated from a source. The rendered page does not show it."""
    return f"<!-- Generated from {source} by `python tools/generate_reference.py`. Do not edit. -->"


def escaped(text: str) -> str:
    """Prose in which Markdown shows `*` and `<` as they are. Code spans stay, because they show backslashes."""
    return re.sub(r"`[^`]*`|[*<]", lambda found: found[0] if found[0].startswith("`") else f"\\{found[0]}", text)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table. A cell's line breaks become spaces."""
    lines = [_line(header), "|" + "---|" * len(header), *map(_line, rows)]
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    # A bar ends a cell even inside a code span, unless a backslash precedes it.
    return "| " + " | ".join(" ".join(cell.split()).replace("|", r"\|") for cell in cells) + " |"
