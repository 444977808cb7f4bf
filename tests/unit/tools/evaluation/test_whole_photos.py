"""Photos that are taken whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rich.progress import Progress

from embedding.graph import build_graph
from embedding.repository import write
from evaluation.local_models import LocalEmbedder
from evaluation.manifests import Entry
from evaluation.whole_photos import CUTOUT_ROTATIONS, enrol_whole_photos, whole_photo_queries
from support.pictures import encode
from support.small_vgg import POOLINGS, SIZE, random_convolutions
from tillsight.domain.errors import InvalidManifest


@pytest.fixture(scope="module")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> LocalEmbedder:
    folder = tmp_path_factory.mktemp("models") / "vgg"
    write(build_graph(random_convolutions(), SIZE, POOLINGS), folder)
    return LocalEmbedder(folder)


@pytest.fixture
def entries(tmp_path: Path) -> list[Entry]:
    """A cut-out and a whole photo."""
    random = np.random.default_rng(0)
    cutout = np.zeros((40, 50, 4), np.uint8)
    cutout[8:32, 8:42] = [*random.integers(0, 256, 3), 255]
    (tmp_path / "cutout.png").write_bytes(encode(cutout))
    (tmp_path / "whole.png").write_bytes(encode(random.integers(0, 256, (40, 50, 3), dtype=np.uint8)))
    return [Entry("tea", tmp_path / "cutout.png"), Entry("milk", tmp_path / "whole.png")]


def test_cutouts_are_enrolled_rotated_and_whole_photos_upright(embedder: LocalEmbedder, entries: list[Entry]) -> None:
    gallery = enrol_whole_photos(entries, embedder, None, Progress(disable=True))

    counts = {product: sum(row.product_id == product for row in gallery.rows.values()) for product in ("tea", "milk")}
    assert counts == {"tea": CUTOUT_ROTATIONS, "milk": 1}
    assert len(enrol_whole_photos(entries, embedder, 4, Progress(disable=True)).rows) == 8


def test_a_query_is_the_upright_crop_of_its_photo(embedder: LocalEmbedder, entries: list[Entry]) -> None:
    gallery = enrol_whole_photos(entries, embedder, None, Progress(disable=True))

    queries = whole_photo_queries(entries, embedder, Progress(disable=True))

    assert queries.labels.tolist() == ["tea", "milk"]
    np.testing.assert_allclose(queries.vectors[0], gallery.rows["00000000-000"].vector, atol=1e-4)


def test_a_photo_that_cannot_be_read_is_named(embedder: LocalEmbedder, tmp_path: Path) -> None:
    with pytest.raises(InvalidManifest, match=r"absent\.png .*'tea'"):
        enrol_whole_photos([Entry("tea", tmp_path / "absent.png")], embedder, None, Progress(disable=True))
