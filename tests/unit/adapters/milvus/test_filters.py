"""Filters in Milvus's filter language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillsight.adapters.milvus.filters import quoted, visible_to

HOSTILE = [
    "",
    "plain",
    'a"b',
    "a\\",
    "\\",
    '\\"',
    '" or product_id != "',
    "'] or active == false or store in ['",
    "a\nb",
    "a\r\nb",
    "tab\there",
    "naïve 茶 🍵",
    "%_{}$[]",
]


def literal(source: str) -> tuple[str, str]:
    """Read a string literal of Milvus's grammar (Plan.g4): its text, and what follows it."""
    assert source[0] == '"'
    text, position = "", 1
    while source[position] != '"':
        assert source[position] not in "\r\n", "a literal must not contain a line end"
        if source[position] == "\\":
            position += 1
            text += {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}[source[position]]
        else:
            text += source[position]
        position += 1
    return text, source[position + 1 :]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_quoted_text_reads_back_as_itself(text: str) -> None:
    assert literal(quoted(text)) == (text, "")


@given(st.text())
def test_any_text_is_one_literal(text: str) -> None:
    assert literal(quoted(text)) == (text, "")


@pytest.mark.parametrize("store", HOSTILE[1:])
def test_a_store_sees_shared_products_and_its_own_whatever_its_name(store: str) -> None:
    begin = 'active == true and store in ["", '
    condition = visible_to(store)
    assert condition.startswith(begin)
    assert literal(condition.removeprefix(begin)) == (store, "]")


def test_without_a_store_only_shared_products_are_seen() -> None:
    assert visible_to("") == 'active == true and store in [""]'
