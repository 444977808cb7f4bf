"""Lists of photos: what is read, and how wrong lists are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluation.manifests import confusable_products, read_gallery, read_queries, tuned_classes
from tillsight.domain.errors import InvalidManifest


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
            "line 2: attributes are JSON but not an object",
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


def test_confusable_products_come_from_the_attributes(tmp_path: Path) -> None:
    gallery = tmp_path / "gallery.csv"
    gallery.write_text(
        "product_id,name,image,attributes\n"
        'a,A,a.jpg,"{""confusable_with"": ""b""}"\n'
        'b,B,b.jpg,"{""confusable_with"": null}"\n'
        "c,C,c.jpg,\n"
    )

    assert confusable_products(gallery) == {"a": "b"}


@pytest.mark.parametrize("text", ["{}", "[1]", "no JSON"])
def test_tuned_classes_are_a_list_of_ids_or_none_at_all(tmp_path: Path, text: str) -> None:
    assert tuned_classes(tmp_path) is None
    (tmp_path / "tuned_classes.json").write_text('["a", "b"]')
    assert tuned_classes(tmp_path) == {"a", "b"}
    (tmp_path / "tuned_classes.json").write_text(text)
    with pytest.raises(InvalidManifest, match="tuned_classes"):
        tuned_classes(tmp_path)
