"""Generate docs/reference/api.md from protos/ and docs/reference/settings.md from services/tillsight/config.py.

With --check, only compare the existing pages with new ones.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import typer

from reference.api_page import api_page, read_protos
from reference.settings_page import settings_page
from runtime.command import run
from tillsight.config import Settings

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
REFERENCE = ROOT / "docs" / "reference"


def pages() -> dict[str, str]:
    """The text of each generated page, by its file name. Raises MissingDescription and InvalidInput."""
    prefix = str(Settings.model_config["env_prefix"])
    return {
        "api.md": api_page(read_protos(PROTOS)),
        "settings.md": settings_page(Settings.model_fields, prefix),
    }


def stale(folder: Path, fresh: Mapping[str, str]) -> list[str]:
    """The names of the pages that are missing in a folder or differ from the generated ones."""
    return sorted(
        name
        for name, text in fresh.items()
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text
    )


def main(check: bool = False) -> None:
    """Generate the reference pages, or check that they are up to date."""
    fresh = pages()
    if not check:
        REFERENCE.mkdir(parents=True, exist_ok=True)
        for name, text in fresh.items():
            (REFERENCE / name).write_text(text, encoding="utf-8")
    elif found := stale(REFERENCE, fresh):
        folder = REFERENCE.relative_to(ROOT)
        typer.echo(f"out of date in {folder}: {', '.join(found)}; run tools/generate_reference.py", err=True)
        sys.exit(1)


if __name__ == "__main__":
    run(lambda: typer.run(main))
