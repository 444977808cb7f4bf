"""Figures as JSON and as tables."""

from __future__ import annotations

import json

import pytest

from runtime.figures import show_groups, show_variants

FIGURES = {"top1": 0.5, "by_group": {"fruit": {"top1": 0.25}}, "baseline": {"top1": 0.125}}


def test_json_output_is_one_object_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    show_groups(FIGURES, "retrieval", as_json=True)

    assert json.loads(capsys.readouterr().out) == FIGURES


def test_a_table_has_a_column_for_the_total_and_for_each_group(capsys: pytest.CaptureFixture[str]) -> None:
    show_groups(FIGURES, "retrieval", as_json=False)

    shown = capsys.readouterr().out
    assert all(text in shown for text in ("all", "fruit", "baseline", "0.500", "0.250", "0.125"))


def test_a_table_of_variants_has_every_figure_of_any_variant(capsys: pytest.CaptureFixture[str]) -> None:
    show_variants({"lite": {"rows": 3}, "standalone": {"lost": 0}}, "durability", as_json=False)

    shown = capsys.readouterr().out
    assert all(text in shown for text in ("lite", "standalone", "rows", "lost"))
