"""The commands that the README and the guides document."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

from support.paths import ROOT

PAGES = [ROOT / "README.md", ROOT / "docs/getting-started.md", *sorted((ROOT / "docs/guides").glob("*.md"))]
NOT_RUN = re.compile(r"<!-- not run: (.+) -->")


@dataclass(frozen=True, slots=True)
class DocumentedCommand:
    """A command of a page: its line number, its words, and why no test runs it (empty: a test runs it)."""

    page: Path
    line: int
    words: tuple[str, ...]
    not_run: str = ""

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line} {' '.join(self.words)}"


def documented_commands(page: Path) -> list[DocumentedCommand]:
    """The commands in a page's `sh` blocks, in order. A comment before a block gives the reason why it is not run."""
    found: list[DocumentedCommand] = []
    reason = ""
    for token in MarkdownIt("commonmark").parse(page.read_text(encoding="utf-8")):
        if token.type == "html_block" and (marked := NOT_RUN.fullmatch(token.content.strip())):
            reason = marked[1]
        elif token.type == "fence" and token.info.strip() == "sh":
            assert token.map is not None
            found += _commands(page, token.map[0] + 2, token.content, reason)
            reason = ""
        elif token.nesting == 0 or token.type.endswith("_open"):
            reason = ""
    return found


def _commands(page: Path, first_line: int, block: str, reason: str) -> list[DocumentedCommand]:
    found: list[DocumentedCommand] = []
    pending, begun = "", 0
    for number, line in enumerate(block.splitlines(), start=first_line):
        begun = begun or number
        if line.endswith("\\"):
            pending += line[:-1]
            continue
        words = tuple(shlex.split(pending + line, comments=True)) if not reason else (line.strip(),)
        pending = ""
        if words and words[0]:
            found.append(DocumentedCommand(page, begun, words, reason))
        begun = 0
    return found
