"""Retrieval figures against rankings worked out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evaluation.manifests import read_gallery, read_queries
from evaluation.retrieval import best_rotation, figures
from tillsight.errors import InvalidManifest

# Seven products, one of them ("a") with two references.
REFERENCES = np.array(["a", "a", "b", "c", "d", "e", "f", "g"])
SCORES = np.float32(
    [
        #  a    a    b    c    d    e    f    g
        [0.9, 0.1, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3],  # of a: rank 1; its references at places 1 and 8
        [0.2, 0.9, 0.8, 0.0, 0.0, 0.0, 0.0, 0.0],  # of b: rank 2, behind one product though a has two photos
        [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2],  # of g: rank 7 of products, place 8 of references
    ]
)
LABELS = np.array(["a", "b", "g"])


def test_top1_top5_and_map_equal_hand_computed_values() -> None:
    result = figures(SCORES, REFERENCES, LABELS, {})

    assert result["top1"] == pytest.approx(1 / 3)
    assert result["top5"] == pytest.approx(2 / 3)
    assert result["map"] == pytest.approx(np.mean([(1 / 1 + 2 / 8) / 2, 1 / 2, 1 / 8]))
    assert (result["n_queries"], result["n_labels"], result["n_absent"]) == (3, 7, 0)
    assert result["by_group"] == {}


def test_a_product_ranks_by_its_best_reference_and_counts_once() -> None:
    scores = np.float32([[0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3]])
    references = np.array(["x", "x", "x", "x", "x", "y", "z"])

    assert figures(scores, references, np.array(["z"]), {})["top5"] == 1.0


def test_equal_scores_count_against_the_query() -> None:
    result = figures(np.float32([[0.5, 0.5]]), np.array(["a", "b"]), np.array(["a"]), {})

    assert result["top1"] == 0.0
    assert result["map"] == 0.5


def test_queries_of_absent_products_are_counted_apart() -> None:
    scores = np.float32([[0.9, 0.1], [0.9, 0.1]])
    result = figures(scores, np.array(["a", "b"]), np.array(["a", "stranger"]), {})

    assert result["top1"] == 1.0
    assert (result["n_queries"], result["n_absent"]) == (1, 1)


def test_groups_have_figures_of_their_own() -> None:
    result = figures(SCORES, REFERENCES, LABELS, {"a": "fruit", "b": "cartons", "g": "cartons"})

    by_group = result["by_group"]
    assert isinstance(by_group, dict)
    assert by_group["fruit"] == {"top1": 1.0, "top5": 1.0, "map": 0.625, "n_queries": 1}
    assert by_group["cartons"] == {"top1": 0.0, "top5": 0.5, "map": 0.3125, "n_queries": 2}


def test_no_queries_give_no_figures_rather_than_an_error() -> None:
    result = figures(np.zeros((0, 2), np.float32), np.array(["a", "b"]), np.array([], dtype=str), {})

    assert (result["top1"], result["n_queries"]) == (None, 0)


def test_a_photos_score_is_that_of_its_best_rotation() -> None:
    references = np.float32([[1, 0], [0, 1], [-1, 0]])  # the first photo at two rotations, the second at one
    queries = np.float32([[0, 1], [-1, 0]])

    scores = best_rotation(queries, references, np.array([0, 0, 1]), 2)

    np.testing.assert_allclose(scores, [[1, 0], [0, 1]])


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
