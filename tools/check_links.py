"""Check that relative links, #anchors and paths of this project in its Markdown files lead somewhere.

Links to other hosts are not checked. Anchors are those that GitHub gives to headings. A path is a word of a code span
that starts with a top folder of the project, such as tools/. docs/experiments may name paths of the past.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import typer
from markdown_it import MarkdownIt
from markdown_it.token import Token

from runtime.command import report_faults

ROOT = Path(__file__).resolve().parent.parent
HISTORY = "docs/experiments/"
"""Pages below it may name paths that do not exist any more."""
EXTERNAL = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
"""The start of a link that has a scheme or a host."""
PROJECT_PATH = re.compile(r"(?:services|tools|tests|docs|protos|model_repository)/")
"""The start of a path of this project."""
PATTERN = re.compile(r"[*?<>{}\[\]$…]|\.\.\.")
"""What makes a path a pattern or a placeholder."""
LOCATION = re.compile(r"(?:#.*|::.*|:\d.*)$")
"""The anchor, the test or the line behind a path."""
BREAKS = ("softbreak", "hardbreak")
TARGETS = {"link_open": "href", "image": "src"}
"""The tokens that name a target, and the attribute that holds it."""
HTML = ("html_block", "html_inline")
HTML_TARGET = re.compile(r"""\b(?:href|src)\s*=\s*["']([^"']+)["']""")
HTML_ANCHOR = re.compile(r"""\b(?:id|name)\s*=\s*["']([^"']+)["']""")
SLUG_CATEGORIES = frozenset(["Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "Pc"])
"""The Unicode categories whose characters GitHub keeps in an anchor: letters, marks, digits, underscores."""


def markdown_files(root: Path) -> list[Path]:
    """The Markdown files that git tracks, or would track, and that exist; sorted."""
    command = [shutil.which("git") or "git", "-C", str(root), "ls-files", "-z"]
    options = ["--cached", "--others", "--exclude-standard", "*.md"]
    listed = subprocess.run([*command, *options], capture_output=True, text=True, check=True).stdout
    return sorted(root / name for name in set(listed.split("\0")) if name and (root / name).is_file())


def find_faults(root: Path, files: Iterable[Path]) -> list[str]:
    """One line, `file:line: fault`, for each dead link and each missing path in some Markdown files under `root`."""
    faults: list[tuple[Path, int, str]] = []
    for path in files:
        name = path.relative_to(root)
        for line, target in links(path):
            if reason := link_fault(root, path, target):
                faults.append((name, line, f"dead link {target}: {reason}"))
        if not name.as_posix().startswith(HISTORY):
            missing = ((line, word) for line, word in named_paths(path) if not (root / word).exists())
            faults += [(name, line, f"missing path {word}") for line, word in missing]
    return [f"{name}:{line}: {fault}" for name, line, fault in sorted(faults)]


def links(path: Path) -> Iterator[tuple[int, str]]:
    """The line, from 1, and the target of each link and image in a Markdown file."""
    for line, token in _content(path):
        if token.type in TARGETS:
            yield line, str(token.attrs[TARGETS[token.type]])
        elif token.type in HTML:
            for found in HTML_TARGET.finditer(token.content):
                yield line + token.content[: found.start()].count("\n"), found[1]


def named_paths(path: Path) -> Iterator[tuple[int, str]]:
    """The line, from 1, of each path of this project in the code spans of a Markdown file; patterns are left out."""
    for line, token in _content(path):
        if token.type != "code_inline":
            continue
        for word in token.content.split():
            if PROJECT_PATH.match(word) and not PATTERN.search(word):
                yield line, LOCATION.sub("", word).rstrip(".,;:)")


def link_fault(root: Path, path: Path, target: str) -> str:
    """Why a link in a Markdown file is dead; empty if it is not, or if it leads to another host."""
    if EXTERNAL.match(target):
        return ""
    place, _, anchor = unquote(target).partition("#")
    start = root if place.startswith("/") else path.parent
    found = (start / place.lstrip("/")).resolve() if place else path
    if not found.is_relative_to(root):
        return "it leads out of the project"
    if not found.exists():
        return f"there is no {found.relative_to(root)}"
    if anchor and found.suffix == ".md" and anchor not in anchors(found):
        return f"{found.relative_to(root)} has no heading #{anchor}"
    return ""


@cache
def anchors(path: Path) -> frozenset[str]:
    """The anchors of a Markdown file: of its headings, and the ids of its HTML elements."""
    tokens = _tokens(path)
    headings = [
        "".join(
            " " if child.type in BREAKS else child.content
            for child in inline.children or []
            if child.type in ("text", "code_inline", *BREAKS)
        )
        for opening, inline in pairwise(tokens)
        if opening.type == "heading_open"
    ]
    html = [token.content for _, token in _content(path) if token.type in HTML]
    return frozenset([*unique_slugs(headings), *(one for text in html for one in HTML_ANCHOR.findall(text))])


def unique_slugs(headings: Iterable[str]) -> list[str]:
    """The anchor of each heading of a page, as GitHub makes them: a repeated one gets -1, -2, ..."""
    slugs: dict[str, int] = {}  # and how often each is repeated so far
    for heading in headings:
        slug = unique = heading_slug(heading)
        # A heading such as "Part 1" may have taken the anchor part-1 of a second heading "Part".
        while unique in slugs:
            slugs[slug] += 1
            unique = f"{slug}-{slugs[slug]}"
        slugs[unique] = 0
    return list(slugs)


def heading_slug(heading: str) -> str:
    """The anchor of a heading that is not repeated: in lower case, without punctuation, hyphens for spaces."""
    kept = (char for char in heading.strip().lower() if char in " -" or unicodedata.category(char) in SLUG_CATEGORIES)
    return "".join(kept).replace(" ", "-")


def _content(path: Path) -> Iterator[tuple[int, Token]]:
    """The tokens inside paragraphs, headings and table cells, and blocks of HTML, each with its line from 1."""
    for token in _tokens(path):
        line = token.map[0] + 1 if token.map else 1
        if token.type == "html_block":
            yield line, token
        for child in token.children or []:
            line += child.type in BREAKS
            yield line, child


@cache
def _tokens(path: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))


def main() -> None:
    """Print each dead link and missing path, one line each; the exit code is 1 if there is one."""
    report_faults(find_faults(ROOT, markdown_files(ROOT)))


if __name__ == "__main__":
    typer.run(main)
