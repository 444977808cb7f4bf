"""The nearest photo of each photo."""

from __future__ import annotations

import torch

from embedding.tuning_figures import nearest


def test_the_nearest_reference_has_the_largest_dot_product() -> None:
    references = torch.tensor([[1.0, 0.0], [0.0, 1.0]])

    assert nearest(torch.tensor([[0.1, 0.9], [0.8, 0.2]]), references).tolist() == [1, 0]


def test_a_photo_is_not_its_own_nearest_photo() -> None:
    vectors = torch.tensor([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]])

    assert nearest(vectors, vectors, exclude_self=True).tolist() == [1, 0, 1]
