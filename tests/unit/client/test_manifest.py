"""MANIFEST.csv: which rows are read, and where each fault is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tillsight.client.manifest import ManifestRow, read_manifest
from tillsight.domain.errors import InvalidManifest

HEADER = "product_id,name,image,store,attributes\n"


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "MANIFEST.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_rows_come_with_line_and_image_relative_to_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + 'p1,Tea,a/1.jpg,north,"{""weight"": 250, ""tags"": [""bio""]}"\np1,Tea,2.jpg,,\n')
    assert list(read_manifest(path)) == [
        ManifestRow(2, "p1", "Tea", tmp_path / "a/1.jpg", "north", {"weight": 250, "tags": ["bio"]}),
        ManifestRow(3, "p1", "Tea", tmp_path / "2.jpg"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("product_id,name,image\np1,Tea,1.jpg\n", id="required columns alone"),
        pytest.param("image,product_id,name\n1.jpg,p1,Tea\n", id="another order"),
        pytest.param("\ufeffproduct_id,name,image\np1,Tea,1.jpg\n", id="byte order mark"),
        pytest.param("product_id,name,image\r\np1,Tea,1.jpg\r\n", id="Windows line ends"),
        pytest.param("product_id,name,image\np1,Tea,1.jpg", id="no last line end"),
        pytest.param("product_id,name,image\n\np1,Tea,1.jpg\n\n", id="empty lines"),
        pytest.param('"product_id","name","image"\n"p1","Tea","1.jpg"\n', id="everything quoted"),
    ],
)
def test_ways_to_write_the_same_row(tmp_path: Path, content: str) -> None:
    (row,) = read_manifest(written(tmp_path, content))
    assert (row.product_id, row.name, row.image, row.store, row.attributes) == ("p1", "Tea", tmp_path / "1.jpg", "", {})


def test_quotes_commas_and_line_ends_inside_a_field_are_kept(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + 'p1,"Tea, ""green""\nlarge – 茶",1.jpg,,\np2,Milk,2.jpg,,\n')
    first, second = read_manifest(path)
    assert first.name == 'Tea, "green"\nlarge – 茶'
    assert second.line == 4


def test_a_header_without_rows_gives_none(tmp_path: Path) -> None:
    assert list(read_manifest(written(tmp_path, HEADER))) == []


@pytest.mark.parametrize(
    ("content", "line", "fault"),
    [
        pytest.param("", 1, "lacks product_id, name, image", id="empty file"),
        pytest.param("product_id,name\np1,Tea\n", 1, "lacks image", id="a column missing"),
        pytest.param("product_id,name,image,colour\n", 1, "unknown columns (colour)", id="an extra column"),
        pytest.param("product_id;name;image\n", 1, "lacks product_id", id="semicolons"),
        pytest.param("product_id,name,image,image\n", 1, "image twice", id="a column twice"),
        pytest.param(HEADER + "p1,Tea,1.jpg,,\np2,Milk,2.jpg\n", 3, "as many columns as the header", id="a short row"),
        pytest.param(HEADER + "p1,Tea,1.jpg,,,more\n", 2, "as many columns as the header", id="a long row"),
        pytest.param(HEADER + 'p1,Tea,1.jpg,,\np2,"Mi"lk,2.jpg,,\n', 3, "CSV", id="a quote inside a field"),
        pytest.param(HEADER + 'p1,"Tea,1.jpg,,\n', 2, "CSV", id="a quote left open"),
    ],
)
def test_a_fault_is_reported_with_file_and_line(tmp_path: Path, content: str, line: int, fault: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(InvalidManifest) as caught:
        list(read_manifest(path))
    assert str(caught.value).startswith(f"{path}:{line}: ") and fault in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [b"product_id,name,image\np1,K\xe4se,1.jpg\n", HEADER.encode("utf-16"), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"],
    ids=["Latin-1", "UTF-16", "a picture"],
)
def test_another_encoding_is_reported_with_the_file(tmp_path: Path, content: bytes) -> None:
    path = written(tmp_path, content)
    with pytest.raises(InvalidManifest, match="UTF-8") as caught:
        list(read_manifest(path))
    assert str(caught.value).startswith(f"{path}")


@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidManifest, match="cannot be read") as caught:
        list(read_manifest(tmp_path / name))
    assert str(tmp_path / name) in str(caught.value)


def test_rows_before_a_fault_are_returned(tmp_path: Path) -> None:
    reading = read_manifest(written(tmp_path, HEADER + "p1,Tea,1.jpg,,\np2,Milk\n"))
    assert next(reading).product_id == "p1"
    with pytest.raises(InvalidManifest):
        next(reading)


@pytest.mark.parametrize(
    ("attributes", "fault"),
    [
        pytest.param("{no}", "not valid JSON", id="attributes not JSON"),
        pytest.param("[1]", "not a JSON object", id="attributes a list"),
        pytest.param("null", "not a JSON object", id="attributes null"),
        pytest.param('"{""a"": NaN}"', "not valid JSON", id="attributes not a number"),
        pytest.param('"{""a"": 1e999}"', "not valid JSON", id="attributes infinite"),
    ],
)
def test_attributes_that_are_not_an_object_are_a_fault_of_their_row_only(
    tmp_path: Path, attributes: str, fault: str
) -> None:
    faulty, sound = read_manifest(written(tmp_path, f"{HEADER}p1,Tea,1.jpg,,{attributes}\np2,Milk,2.jpg,,\n"))
    assert (faulty.line, faulty.attributes) == (2, {}) and fault in faulty.fault
    assert (sound.product_id, sound.fault) == ("p2", "")
