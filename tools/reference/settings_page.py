"""The page of all settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from reference.page import MissingDescription, escaped, notice, table

SOURCE = "services/tillsight/config.py"
INTRODUCTION = """\
# Settings

A setting is an environment variable, or a line `NAME=value` in a file `.env` in the working folder. The environment
overrides the file. An option of the command line overrides both. An invalid value stops the command with a message
that names the setting."""
HEADER = ("setting", "type", "default", "limits", "description")

TYPE_NAMES: Mapping[Any, str] = {str: "text", int: "integer", float: "number", bool: "boolean", Path: "path"}
SIGNS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
"""The limits of a setting, by their names in `annotated_types`."""


def settings_page(fields: Mapping[str, FieldInfo], prefix: str) -> str:
    """The Markdown page of the settings, in the order of the fields. Fields without a repr are secrets.

    Raises MissingDescription for a setting without a description.
    """
    rows = []
    for name, field in fields.items():
        if not field.description:
            raise MissingDescription(f"setting {name} in {SOURCE} has no description: add one to its Field")
        description = ("" if field.repr else "**Secret.** ") + escaped(field.description)
        rows.append((f"`{prefix}{name.upper()}`", _type(field), _default(field), _limits(field), description))
    return "\n\n".join([notice(SOURCE), INTRODUCTION, table(HEADER, rows)]) + "\n"


def _type(field: FieldInfo) -> str:
    return TYPE_NAMES.get(field.annotation, f"`{field.annotation}`")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    return "empty" if field.default in ("", None) else f"`{field.default}`"


def _limits(field: FieldInfo) -> str:
    limits = []
    for limit in field.metadata:
        limits += [f"{sign} {getattr(limit, name)}" for name, sign in SIGNS.items() if hasattr(limit, name)]
        if pattern := getattr(limit, "pattern", None):
            limits.append(pattern)
    return ", ".join(f"`{limit}`" for limit in limits)
