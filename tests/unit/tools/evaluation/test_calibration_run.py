"""A whole calibration on a small gallery."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evaluation.calibration_run import calibrate, report
from evaluation.memory_gallery import MemoryGallery
from evaluation.query_objects import QueryObjects
from evaluation.reliability_plot import write_plot
from tillsight.domain.errors import InvalidInput
from tillsight.domain.identifiers import row_id
from tillsight.domain.products import GalleryRow


def shop(products: int) -> tuple[MemoryGallery, QueryObjects]:
    random = np.random.default_rng(0)

    def unit(vectors: np.ndarray) -> np.ndarray:
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)

    centres = random.normal(size=(products, 16))
    vectors = unit(centres)
    rows = [GalleryRow(row_id(f"{n:03d}", 0), f"p{n}", "", "", 0, {}, vectors[n]) for n in range(products)]
    queries = unit(np.tile(centres, (4, 1)) + random.normal(0, 0.7, (4 * products, 16)))
    return MemoryGallery(rows), QueryObjects.whole(queries, [f"p{n}" for n in range(products)] * 4)


def test_figures_are_given_for_all_and_by_confusability(tmp_path: Path) -> None:
    gallery, objects = shop(60)

    fitted, figures, pairs = calibrate(gallery, objects, {"p1": "p2"}, 0.05, 0.05, 0.2)
    printed = report(fitted, "abcd", figures)

    assert printed["embedder_fingerprint"] == "abcd" and "cohort_floor" in printed["calibration"]
    assert figures["n_out_of_gallery"] == figures["n_enrolled"] == 240
    assert figures["out_of_gallery_share"] == 0.2 and figures["n_fragments"] == 0
    assert set(figures["by_group"]) == {"with a confusable product", "without a confusable product"}
    assert 0 <= figures["ece"] <= 0.3 and 0 <= figures["open_set_rejected"] <= 1
    write_plot(tmp_path / "plot.png", pairs, figures["ece"])
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_a_gallery_of_few_products_is_refused() -> None:
    gallery, objects = shop(20)

    with pytest.raises(InvalidInput, match="has 20 products, but calibration needs 32"):
        calibrate(gallery, objects, {}, 0.01, 0.01, 0.1)
