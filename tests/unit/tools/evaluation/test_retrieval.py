"""Retrieval figures against rankings computed by hand."""

from __future__ import annotations

import numpy as np
import pytest
from rich.progress import Progress

from evaluation.memory_gallery import MemoryGallery
from evaluation.query_objects import QueryObjects
from evaluation.retrieval import RankedQuery, average_precision, compute_figures, rank_queries
from tillsight.domain.identifiers import row_id
from tillsight.domain.products import GalleryRow
from tillsight.domain.recognition_results import Match
from tillsight.recognition import product_ranking


def near(label: str, *scores: tuple[str, float], precision: float | None = 0.5) -> RankedQuery:
    matches = [Match(product, product, score, f"{product}-000") for product, score in scores]
    return RankedQuery(label, tuple(matches), precision)


RANKED = [
    near("a", ("a", 0.9), ("b", 0.8), precision=0.625),
    near("b", ("a", 0.9), ("b", 0.8), precision=0.5),
    near("g", *((product, 0.9) for product in "abcdef"), precision=0.125),
]


def test_top1_top5_and_map_equal_hand_computed_values() -> None:
    result = compute_figures(RANKED, 7, {})

    assert result["top1"] == pytest.approx(1 / 3)
    assert result["top5"] == pytest.approx(2 / 3)
    assert result["map"] == pytest.approx((0.625 + 0.5 + 0.125) / 3)
    assert (result["n_queries"], result["n_labels"], result["n_absent"]) == (3, 7, 0)
    assert result["by_group"] == {} and "by_tuning" not in result


def test_equal_scores_count_against_the_query() -> None:
    assert near("a", ("a", 0.5), ("b", 0.5)).rank == 2
    assert average_precision(np.float32([0.5, 0.5]), np.array([True, False])) == 0.5


def test_average_precision_equals_the_hand_computed_value() -> None:
    right = np.array([True, True, False, False, False, False, False, False])
    scores = np.float32([0.9, 0.1, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3])  # places 1 and 8

    assert average_precision(scores, right) == pytest.approx((1 / 1 + 2 / 8) / 2)


def test_queries_of_absent_products_are_counted_separately() -> None:
    result = compute_figures([RANKED[0], near("other", ("a", 0.9), precision=None)], 2, {})

    assert result["top1"] == 1.0
    assert (result["n_queries"], result["n_absent"]) == (1, 1)


def test_groups_and_classes_unseen_in_tuning_have_figures_of_their_own() -> None:
    result = compute_figures(RANKED, 7, {"a": "fruit", "b": "cartons", "g": "cartons"}, tuned={"a", "b"})

    assert result["by_group"] == {
        "cartons": {"top1": 0.0, "top5": 0.5, "map": 0.3125, "n_queries": 2},
        "fruit": {"top1": 1.0, "top5": 1.0, "map": 0.625, "n_queries": 1},
    }
    assert result["by_tuning"] == {
        "tuned": {"top1": 0.5, "top5": 1.0, "map": 0.5625, "n_queries": 2},
        "unseen": {"top1": 0.0, "top5": 0.0, "map": 0.125, "n_queries": 1},
    }


def test_no_queries_give_no_figures_rather_than_an_error() -> None:
    result = compute_figures([], 2, {})

    assert (result["top1"], result["n_queries"]) == (None, 0)


def row(photo: str, product: str, degrees: int, *vector: float) -> GalleryRow:
    return GalleryRow(row_id(photo, degrees), product, product, "", degrees, {}, np.float32(vector))


def test_products_are_ranked_as_the_service_ranks_them_and_photos_by_their_best_rotation() -> None:
    rows = [row("0", "a", 0, 1, 0), row("0", "a", 180, -1, 0), row("1", "b", 0, 0, 1), row("2", "b", 0, 0.6, 0.8)]
    queries = QueryObjects.whole(np.float32([[-1, 0], [0, 1]]), ["a", "b"])

    first, second = rank_queries(MemoryGallery(rows), queries, Progress(disable=True))

    assert (first.rank, first.precision, first.near[0].reference_id) == (1, 1.0, "0-180")
    assert (second.rank, second.precision) == (1, 1.0)
    near = [Match("b", "b", 1.0, "1-000"), Match("b", "b", 0.8, "2-000")]
    (ranked,) = product_ranking.rank_products(near, {"1-000": rows[2].vector, "2-000": rows[3].vector})
    assert second.near[0].score == pytest.approx(ranked.score)
