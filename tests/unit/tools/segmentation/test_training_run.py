"""The parts of a whole training around the loop."""

from __future__ import annotations

from pathlib import Path

import pytest

from segmentation.training_run import IMAGENET, split_photos, start_network
from tillsight.domain.errors import InvalidInput


@pytest.mark.parametrize(("count", "validation"), [(5, 0), (6, 2), (80, 10), (1000, 24)])
def test_one_photo_in_eight_validates_and_none_of_fewer_than_six(count: int, validation: int) -> None:
    train, held_out = split_photos(count, 3)

    assert len(held_out) == validation
    assert sorted(train + held_out) == list(range(count))
    assert (train, held_out) == split_photos(count, 3)


def test_a_training_can_start_from_imagenet() -> None:
    network, origin = start_network(IMAGENET)

    assert origin == IMAGENET and network.normalised


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"no 1/model\.onnx"):
        start_network(str(tmp_path))
