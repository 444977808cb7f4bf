"""Retrieval figures against rankings worked out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rich.progress import Progress

from evaluation.inprocess import MemoryGallery
from evaluation.manifests import read_gallery, read_queries, tuned_classes, twins
from evaluation.retrieval import Ranked, average_precision, figures, rank
from evaluation.strangers import Objects
from tillsight.domain.errors import InvalidManifest
from tillsight.domain.identifiers import row_id
from tillsight.domain.products import GalleryRow
from tillsight.domain.recognition_results import Match
from tillsight.recognition import product_ranking


def near(label: str, *scores: tuple[str, float], precision: float | None = 0.5) -> Ranked:
    matches = [Match(product, product, score, f"{product}-000") for product, score in scores]
    return Ranked(label, tuple(matches), precision)


RANKED = [
    near("a", ("a", 0.9), ("b", 0.8), precision=0.625),
    near("b", ("a", 0.9), ("b", 0.8), precision=0.5),
    near("g", *((product, 0.9) for product in "abcdef"), precision=0.125),
]


def test_top1_top5_and_map_equal_hand_computed_values() -> None:
    result = figures(RANKED, 7, {})

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


def test_queries_of_absent_products_are_counted_apart() -> None:
    result = figures([RANKED[0], near("stranger", ("a", 0.9), precision=None)], 2, {})

    assert result["top1"] == 1.0
    assert (result["n_queries"], result["n_absent"]) == (1, 1)


def test_groups_and_classes_unseen_in_tuning_have_figures_of_their_own() -> None:
    result = figures(RANKED, 7, {"a": "fruit", "b": "cartons", "g": "cartons"}, tuned={"a", "b"})

    assert result["by_group"] == {
        "cartons": {"top1": 0.0, "top5": 0.5, "map": 0.3125, "n_queries": 2},
        "fruit": {"top1": 1.0, "top5": 1.0, "map": 0.625, "n_queries": 1},
    }
    assert result["by_tuning"] == {
        "tuned": {"top1": 0.5, "top5": 1.0, "map": 0.5625, "n_queries": 2},
        "unseen": {"top1": 0.0, "top5": 0.0, "map": 0.125, "n_queries": 1},
    }


def test_no_queries_give_no_figures_rather_than_an_error() -> None:
    result = figures([], 2, {})

    assert (result["top1"], result["n_queries"]) == (None, 0)


def row(photo: str, product: str, degrees: int, *vector: float) -> GalleryRow:
    return GalleryRow(row_id(photo, degrees), product, product, "", degrees, {}, np.float32(vector))


def test_products_are_ranked_as_the_service_groups_them_and_photos_by_their_best_rotation() -> None:
    rows = [row("0", "a", 0, 1, 0), row("0", "a", 180, -1, 0), row("1", "b", 0, 0, 1), row("2", "b", 0, 0.6, 0.8)]
    queries = Objects.whole(np.float32([[-1, 0], [0, 1]]), ["a", "b"])

    first, second = rank(MemoryGallery(rows), queries, Progress(disable=True))

    assert (first.rank, first.precision, first.near[0].reference_id) == (1, 1.0, "0-180")
    assert (second.rank, second.precision) == (1, 1.0)
    near = [Match("b", "b", 1.0, "1-000"), Match("b", "b", 0.8, "2-000")]
    (grouped,) = product_ranking.rank_products(near, {"1-000": rows[2].vector, "2-000": rows[3].vector})
    assert second.near[0].score == pytest.approx(grouped.score)


def test_groups_come_from_attributes_then_from_folders(tmp_path: Path) -> None:
    gallery = tmp_path / "gallery.csv"
    gallery.write_text(
        "product_id,name,image,attributes\n"
        "apple,Apple,train/Fruit/Apple/1.jpg,\n"
        'milk,Milk,train/Packages/Milk/1.jpg,"{""group"": ""Dairy""}"\n'
        "juice,Juice,train/Packages/Juice/1.jpg,{}\n"
    )

    assert [entry.group for entry in read_gallery(gallery)] == ["Fruit", "Dairy", "Packages"]
    assert read_gallery(gallery)[0].image == tmp_path / "train/Fruit/Apple/1.jpg"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("name,image\nApple,a.jpg\n", "line 1: the header lacks product_id"),
        ("product_id,name,image\napple,Apple,\n", "line 2"),
        ("product_id,name,image,attributes\napple,Apple,a.jpg,{broken\n", "line 2: attributes are not JSON"),
        (
            "product_id,name,image,attributes\napple,Apple,a.jpg,[1]\n",
            "line 2: attributes are JSON but no object",
        ),
    ],
)
def test_a_malformed_gallery_names_file_and_line(tmp_path: Path, text: str, complaint: str) -> None:
    gallery = tmp_path / "gallery.csv"
    gallery.write_text(text)

    with pytest.raises(InvalidManifest, match=complaint) as caught:
        read_gallery(gallery)
    assert str(gallery) in str(caught.value)


def test_a_missing_query_list_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidManifest, match=r"absent\.csv cannot be read"):
        read_queries(tmp_path / "absent.csv")


def test_twins_are_what_the_attributes_say(tmp_path: Path) -> None:
    gallery = tmp_path / "gallery.csv"
    gallery.write_text(
        "product_id,name,image,attributes\n"
        'a,A,a.jpg,"{""twin_of"": ""b""}"\n'
        'b,B,b.jpg,"{""twin_of"": null}"\n'
        "c,C,c.jpg,\n"
    )

    assert twins(gallery) == {"a": "b"}


@pytest.mark.parametrize("text", ["{}", "[1]", "no JSON"])
def test_tuned_classes_are_a_list_of_ids_or_none_at_all(tmp_path: Path, text: str) -> None:
    assert tuned_classes(tmp_path) is None
    (tmp_path / "tuned_classes.json").write_text('["a", "b"]')
    assert tuned_classes(tmp_path) == {"a", "b"}
    (tmp_path / "tuned_classes.json").write_text(text)
    with pytest.raises(InvalidManifest, match="tuned_classes"):
        tuned_classes(tmp_path)
