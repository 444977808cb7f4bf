"""The parts of generated pages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reference.page import escaped, notice, table


def test_the_first_line_names_the_source_and_the_command_and_is_not_shown() -> None:
    line = notice("protos/")
    assert "protos/" in line and "python tools/generate_reference.py" in line
    assert line.startswith("<!--") and line.endswith("-->")


def test_stars_and_angles_are_escaped_outside_code_spans() -> None:
    assert escaped("a * b < c `d * <e>`") == r"a \* b \< c `d * <e>`"


def test_a_table_has_a_line_for_each_row_and_escapes_bars() -> None:
    assert table(("x", "y"), [("a|b", "two\nlines"), ("`c|d`", "")]) == (
        "| x | y |\n|---|---|\n| a\\|b | two lines |\n| `c\\|d` |  |"
    )


@given(st.lists(st.tuples(*[st.text("ab|* <`\n", max_size=8)] * 2), max_size=4))
def test_every_row_keeps_its_number_of_cells(rows: list[tuple[str, str]]) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(table(("x", "y"), rows))
    assert sum(token.type == "td_open" for token in tokens) == 2 * len(rows)
