"""The generated page of settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, Field
from pydantic.fields import FieldInfo

from reference.page import MissingDescription
from reference.settings_page import settings_page
from tillsight.config import Settings


class Example(BaseModel):
    """Settings of each type."""

    share: float = Field(0.5, gt=0, le=1, description="A share")
    level: str = Field("", pattern="^(a|b)$", description="A level")
    folder: Path = Field(Path("var"), description="A folder")
    token: str = Field("", repr=False, description="A token")
    needed: int = Field(ge=1, lt=9, description="A number")
    perhaps: int | None = Field(None, description="Another")


def row(page: str, name: str) -> str:
    """The row of a setting."""
    (line,) = (line for line in page.splitlines() if line.startswith(f"| `{name}` |"))
    return line


@pytest.mark.parametrize(
    ("name", "rest"),
    [
        ("SHARE", "number | `0.5` | `> 0`, `<= 1` | A share |"),
        ("LEVEL", "text | empty | `^(a\\|b)$` | A level |"),
        ("FOLDER", "path | `var` |  | A folder |"),
        ("NEEDED", "integer | required | `>= 1`, `< 9` | A number |"),
        ("PERHAPS", "`int \\| None` | empty |  | Another |"),
    ],
)
def test_a_setting_has_its_type_default_limits_and_description(name: str, rest: str) -> None:
    assert row(settings_page(Example.model_fields, "X_"), f"X_{name}") == f"| `X_{name}` | {rest}"


def test_a_secret_is_marked_as_such() -> None:
    page = settings_page(Example.model_fields, "X_")
    assert row(page, "X_TOKEN") == "| `X_TOKEN` | text | empty |  | **Secret.** A token |"
    assert page.count("**Secret.**") == 1


@pytest.mark.parametrize("description", [None, ""])
def test_a_setting_without_a_description_is_an_error_that_names_it(description: Any) -> None:
    fields = {"port": FieldInfo(annotation=int, default=1, description=description)}
    with pytest.raises(MissingDescription, match=r"setting port in services/tillsight/config\.py"):
        settings_page(fields, "X_")


def test_every_setting_is_on_the_page_in_order_and_only_the_token_is_secret() -> None:
    page = settings_page(Settings.model_fields, "TILLSIGHT_")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert [line.split("`")[1] for line in rows] == [f"TILLSIGHT_{name.upper()}" for name in Settings.model_fields]
    assert [line.split("`")[1] for line in rows if "**Secret.**" in line] == ["TILLSIGHT_MILVUS_TOKEN"]
