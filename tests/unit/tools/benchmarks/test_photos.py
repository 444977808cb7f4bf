"""Generated photos and rows."""

from __future__ import annotations

import numpy as np

from benchmarks.photos import pack, reference, rows


def test_a_pack_depends_on_its_number_only() -> None:
    assert pack(3) == pack(3) != pack(4)
    assert (reference(3).product_id, reference(3).photo) == ("p3", pack(3))


def test_rows_have_unit_vectors_and_the_given_keys() -> None:
    made = rows(["a", "b"], "Tea", 8, seed=1)

    assert [(row.reference_id, row.product_id, row.name, row.active) for row in made] == [
        ("a-000", "a", "Tea", True),
        ("b-000", "b", "Tea", True),
    ]
    assert np.allclose([np.linalg.norm(row.vector) for row in made], 1)
