"""The check of links and of named paths in Markdown files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import check_links
from check_links import anchors, find_faults, heading_slug, unique_slugs

HEADINGS = st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12), max_size=8)
FEW_HEADINGS = st.lists(st.sampled_from(["Part", "part", "Part 1", "Part 1 1", "Part-1", "Other"]), max_size=12)


def faults(root: Path, **texts: str) -> list[str]:
    """What the check finds in files of these names, without .md, and texts."""
    for name, text in texts.items():
        (root / f"{name}.md").write_text(text, encoding="utf-8")
    return find_faults(root, sorted(root / f"{name}.md" for name in texts))


def test_links_to_files_folders_and_headings_that_exist_are_accepted(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "a picture.png").touch()
    page = "# One\n\n[b](b.md), [two](b.md#two-words), [self](#one), [folder](folder), ![picture](a%20picture.png)\n"
    assert faults(tmp_path, a=page, b="# B\n\n## Two words\n") == []


def test_a_link_to_a_missing_file_is_reported_with_file_and_line(tmp_path: Path) -> None:
    text = "# A\n\nFirst line\nsecond line, [here](gone.md) and ![there](gone.png)\n"
    assert faults(tmp_path, a=text) == [
        "a.md:4: dead link gone.md: there is no gone.md",
        "a.md:4: dead link gone.png: there is no gone.png",
    ]


def test_a_link_in_a_table_is_reported_with_its_row(tmp_path: Path) -> None:
    text = "| x |\n|---|\n| fine |\n| [here](gone.md) |\n"
    assert faults(tmp_path, a=text) == ["a.md:4: dead link gone.md: there is no gone.md"]


def test_a_link_by_reference_and_a_link_in_html_are_checked(tmp_path: Path) -> None:
    text = '[x][1]\n\n<p>\n<img src="gone.png">\n</p>\n\nSee <a href="lost.md">it</a>.\n\n[1]: away.md\n'
    assert faults(tmp_path, a=text) == [
        "a.md:1: dead link away.md: there is no away.md",
        "a.md:4: dead link gone.png: there is no gone.png",
        "a.md:7: dead link lost.md: there is no lost.md",
    ]


def test_a_missing_anchor_is_reported(tmp_path: Path) -> None:
    assert faults(tmp_path, a="[two](b.md#two), [own](#own)\n", b="# One\n") == [
        "a.md:1: dead link #own: a.md has no heading #own",
        "a.md:1: dead link b.md#two: b.md has no heading #two",
    ]


def test_an_id_in_html_is_an_anchor(tmp_path: Path) -> None:
    assert faults(tmp_path, a='[own](#own), [two](#two)\n\n<a id="own"></a>\n\nText <a name="two"></a>\n') == []


def test_a_link_that_leaves_the_project_is_reported(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "b.md").touch()
    assert faults(project, a="[b](../b.md)\n") == ["a.md:1: dead link ../b.md: it leads out of the project"]


def test_a_link_that_starts_with_a_slash_is_relative_to_the_project(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "page.md").write_text("[a](/a.md) [b](/b.md)\n")
    (tmp_path / "a.md").touch()
    assert find_faults(tmp_path, [tmp_path / "docs" / "page.md"]) == [
        "docs/page.md:1: dead link /b.md: there is no b.md"
    ]


def test_links_to_other_hosts_and_links_in_code_are_not_checked(tmp_path: Path) -> None:
    text = "[w](https://example.com/x#y) <mailto:a@example.com> `[c](gone.md)`\n\n```sh\n[d](gone.md)\n```\n"
    assert faults(tmp_path, a=text) == []


def test_anchors_are_made_as_github_makes_them(tmp_path: Path) -> None:
    page = tmp_path / "a.md"
    page.write_text("# Known, or `not`?\n\n## Part\n\n## Part\n\n## [A link](b.md)\n\n```\n# comment\n```\n")
    assert anchors(page) == {"known-or-not", "part", "part-1", "a-link"}


@pytest.mark.parametrize(
    ("heading", "slug"),
    [
        ("Top-1, top-5 & mAP", "top-1-top-5--map"),
        ("`ap50` and `coco_ap`", "ap50-and-coco_ap"),
        ("Ähnliche Produkte", "ähnliche-produkte"),
        ("evaluate.py", "evaluatepy"),
        ("x² ½", "x-"),
    ],
)
def test_a_slug_keeps_letters_digits_hyphens_and_underscores(heading: str, slug: str) -> None:
    assert heading_slug(heading) == slug


@given(st.text(max_size=40))
def test_a_slug_has_no_spaces_and_is_its_own_slug(heading: str) -> None:
    slug = heading_slug(heading)
    assert " " not in slug
    assert heading_slug(slug) == slug


@given(st.text("abcxyz0189_", min_size=1, max_size=8), st.text("abcxyz0189_", min_size=1, max_size=8))
def test_a_space_becomes_a_hyphen_and_punctuation_is_dropped(first: str, second: str) -> None:
    assert heading_slug(f"{first.upper()}: ({second})!") == f"{first}-{second}"


@given(HEADINGS | FEW_HEADINGS)
def test_every_heading_of_a_page_has_an_anchor_of_its_own(headings: list[str]) -> None:
    slugs = unique_slugs(headings)
    assert len(set(slugs)) == len(headings)
    assert all(slug.startswith(heading_slug(heading)) for slug, heading in zip(slugs, headings, strict=True))


def test_repeated_headings_are_numbered_from_1_around_those_that_exist() -> None:
    assert unique_slugs(["Part", "Part 1", "Part", "Part"]) == ["part", "part-1", "part-2", "part-3"]


def test_a_path_in_a_code_span_that_does_not_exist_is_reported(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "train.py").touch()
    text = "Run `python tools/train.py --out X`\nor `tools/gone.py`. See `docs/gone.md#part`, `tests/gone.py::test`.\n"
    assert faults(tmp_path, a=text) == [
        "a.md:2: missing path docs/gone.md",
        "a.md:2: missing path tests/gone.py",
        "a.md:2: missing path tools/gone.py",
    ]


def test_a_path_with_the_number_of_a_line_or_an_anchor_is_checked_without_it(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "b.md").touch()
    assert faults(tmp_path, a="`docs/b.md:12`, `docs/b.md#part`, `docs/`\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "`tests/*/gone.py`",
        "`docs/<name>.md`",
        "`protos/{a,b}.proto`",
        "`docs/…`",
        "`model_repository/$NAME`",
        "`other/gone.py`",
        "`/tools/gone.py`",
        "tools/gone.py",
        "```sh\ntools/gone.py\n```",
    ],
)
def test_patterns_paths_elsewhere_and_code_blocks_are_not_checked(text: str, tmp_path: Path) -> None:
    assert faults(tmp_path, a=f"{text}\n") == []


def test_experiments_may_name_missing_paths_but_have_no_dead_links(tmp_path: Path) -> None:
    page = tmp_path / "docs" / "experiments" / "2026-01-01-old.md"
    page.parent.mkdir(parents=True)
    page.write_text("`tools/gone.py`, [gone](gone.md)\n")
    assert find_faults(tmp_path, [page]) == [
        "docs/experiments/2026-01-01-old.md:1: dead link gone.md: there is no docs/experiments/gone.md"
    ]


def test_the_command_prints_each_fault_and_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "a.md"
    page.write_text("[here](gone.md)\n")
    monkeypatch.setattr(check_links, "ROOT", tmp_path)
    monkeypatch.setattr(check_links, "markdown_files", lambda root: [page])
    with pytest.raises(SystemExit) as exit_:
        check_links.main()
    assert exit_.value.code == 1
    assert capsys.readouterr().err == "a.md:1: dead link gone.md: there is no gone.md\n"


def test_all_markdown_files_of_the_project_are_checked_and_ignored_ones_are_not() -> None:
    names = {str(path.relative_to(check_links.ROOT)) for path in check_links.markdown_files(check_links.ROOT)}
    assert {"README.md", "CONTRIBUTING.md", "docs/glossary.md", "model_repository/vgg/MODEL_CARD.md"} <= names
    assert not any(name.startswith((".venv", "out/", "var/")) for name in names)
