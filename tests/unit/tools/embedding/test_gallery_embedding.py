"""A gallery embedded without servers."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from rich.progress import Progress

from embedding import gallery_embedding
from embedding.gallery_embedding import EmbeddingModels, write_gallery
from embedding.graph import Pooling, build_graph
from embedding.repository import write
from embedding.vgg16 import BLOCKS, Convolutions
from embedding.vgg16_weights import CAFFE_MEAN
from evaluation.local_models import LocalEmbedder
from runtime import model_folder
from tillsight.client.parquet import GalleryFile
from tillsight.domain.errors import InvalidManifest
from tillsight.imaging.crops import crop_polygon
from tillsight.imaging.decoding import PhotoLimits, decode_photo
from tillsight.imaging.masks import polygon_from_mask

SIZE = 32


UNET = Path(__file__).resolve().parents[4] / "model_repository" / "unet"


@pytest.fixture(scope="module")
def embedding_models(tmp_path_factory: pytest.TempPathFactory) -> EmbeddingModels:
    random = np.random.default_rng(1)
    layers = tuple(
        (random.normal(0, 0.2, (4, 3 if first else 4, 3, 3)).astype(np.float32), np.zeros(4, np.float32))
        for first in [True] + [False] * (sum(BLOCKS) - 1)
    )
    folder = tmp_path_factory.mktemp("models") / "vgg"
    write(build_graph(Convolutions(layers, CAFFE_MEAN, "a test"), SIZE, [Pooling(3)]), folder)
    return EmbeddingModels(folder, UNET, rotations=4)


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """Five cut-outs on a clear ground, each of other colours."""
    random = np.random.default_rng(2)
    lines = ["product_id,name,image,store,attributes"]
    for number in range(5):
        picture = np.zeros((60, 80, 4), np.uint8)
        picture[10:50, 20:70] = [*random.integers(0, 256, 3), 255]
        cv2.imwrite(str(tmp_path / f"{number}.png"), picture)
        lines.append(f'p{number},Product {number},{number}.png,,"{{""group"": ""g""}}"')
    path = tmp_path / "gallery.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def _rows(path: Path) -> list[tuple[str, str, int, np.ndarray]]:
    rows = [row for page in GalleryFile.open(path).pages() for row in page]
    return [(row.reference_id, row.product_id, row.degrees, np.array(row.vector, np.float32)) for row in rows]


def test_a_gallery_holds_each_photo_at_every_rotation_as_the_embedder_sees_it(
    embedding_models: EmbeddingModels, manifest: Path, tmp_path: Path
) -> None:
    written = write_gallery(tmp_path / "g.parquet", manifest, embedding_models, Progress(disable=True))

    rows = _rows(tmp_path / "g.parquet")
    assert written == len(rows) == 20
    assert GalleryFile.open(tmp_path / "g.parquet").header.embedder_fingerprint == model_folder.parameter(
        embedding_models.embedder_dir, "fingerprint"
    )
    photo = decode_photo((tmp_path / "3.png").read_bytes(), PhotoLimits())
    assert photo.alpha is not None
    polygon = polygon_from_mask(photo.alpha)
    assert polygon is not None
    expected = model_folder.load(embedding_models.embedder_dir)(crop_polygon(photo.pixels, polygon, SIZE, 90)[None])[
        "embedding"
    ][0]
    (written_vector,) = [vector for _, product, degrees, vector in rows if (product, degrees) == ("p3", 90)]
    np.testing.assert_allclose(written_vector, expected, atol=1e-4)


def test_an_interrupted_run_continues_where_it_stopped(
    embedding_models: EmbeddingModels, manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gallery_embedding, "PART_SIZE", 2)
    embedded = []
    embed = LocalEmbedder.embed

    async def watched(self: LocalEmbedder, crops: np.ndarray, deadline: object) -> np.ndarray:
        if len(embedded) == 2:
            raise KeyboardInterrupt
        embedded.append(len(crops))
        return await embed(self, crops, deadline)  # type: ignore[arg-type]

    monkeypatch.setattr(LocalEmbedder, "embed", watched)
    with pytest.raises(KeyboardInterrupt):
        write_gallery(tmp_path / "g.parquet", manifest, embedding_models, Progress(disable=True))
    assert not (tmp_path / "g.parquet").exists()
    embedded.clear()

    assert write_gallery(tmp_path / "g.parquet", manifest, embedding_models, Progress(disable=True)) == 20

    assert embedded == [4]  # the fifth photo alone
    assert not (tmp_path / "g.parquet.parts").exists()
    assert [product for _, product, degrees, _ in _rows(tmp_path / "g.parquet") if degrees == 0] == [
        "p0", "p1", "p2", "p3", "p4",
    ]  # fmt: skip


def test_a_photo_that_enrolment_refuses_is_named_by_its_line(
    embedding_models: EmbeddingModels, manifest: Path, tmp_path: Path
) -> None:
    (tmp_path / "2.png").write_bytes(b"no picture")

    with pytest.raises(InvalidManifest, match="line 4, 'p2'"):
        write_gallery(tmp_path / "g.parquet", manifest, embedding_models, Progress(disable=True))
