"""The command that generates the reference pages."""

from __future__ import annotations

from pathlib import Path

import pytest

import generate_reference
from check_links import find_faults
from generate_reference import pages, stale
from tillsight.config import Settings
from tillsight.v1 import catalogue_pb2, recognition_pb2


def test_every_call_message_and_enum_of_the_api_is_on_the_page() -> None:
    page = pages()["api.md"]
    for file in (recognition_pb2.DESCRIPTOR, catalogue_pb2.DESCRIPTOR):
        calls = [call for service in file.services_by_name.values() for call in service.methods_by_name]
        assert all(f"\n### {call}\n" in page for call in calls)
        types = [*file.message_types_by_name, *file.enum_types_by_name]
        assert all(f"\n## {name}\n" in page for name in types)


def test_every_field_and_value_of_the_api_is_on_the_page() -> None:
    page = pages()["api.md"]
    for file in (recognition_pb2.DESCRIPTOR, catalogue_pb2.DESCRIPTOR):
        for message in file.message_types_by_name.values():
            section = page.partition(f"\n## {message.name}\n")[2].partition("\n## ")[0]
            assert [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")] == [
                field.name for field in message.fields
            ]
        assert all(
            f"| `{value}` |" in page for enum in file.enum_types_by_name.values() for value in enum.values_by_name
        )


def test_every_setting_is_on_the_page() -> None:
    page = pages()["settings.md"]
    assert all(f"| `TILLSIGHT_{name.upper()}` |" in page for name in Settings.model_fields)


def test_the_links_of_the_pages_lead_to_their_headings(tmp_path: Path) -> None:
    for name, text in pages().items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert [fault for fault in find_faults(tmp_path, sorted(tmp_path.iterdir())) if "dead link" in fault] == []


def test_a_missing_and_a_changed_page_are_stale(tmp_path: Path) -> None:
    fresh = {"a.md": "a\n", "b.md": "b\n", "c.md": "c\n"}
    (tmp_path / "a.md").write_text("a\n")
    (tmp_path / "b.md").write_text("old\n")
    assert stale(tmp_path, fresh) == ["b.md", "c.md"]


def test_the_check_fails_on_an_edited_page_and_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate_reference, "ROOT", tmp_path)
    monkeypatch.setattr(generate_reference, "REFERENCE", tmp_path / "docs" / "reference")
    generate_reference.main()
    generate_reference.main(check=True)
    (tmp_path / "docs" / "reference" / "api.md").write_text("old\n")
    with pytest.raises(SystemExit) as exit_:
        generate_reference.main(check=True)
    assert exit_.value.code == 1
    assert "docs/reference: api.md; run tools/generate_reference.py" in capsys.readouterr().err
