"""The split of labelled photos."""

from __future__ import annotations

import numpy as np

from embedding.tuning_data import split_photos


def test_unseen_classes_are_neither_trained_on_nor_validated() -> None:
    labels = [name for name in "abcdefgh" for _ in range(10)]

    split = split_photos(labels, 0.5, seed=3)

    names = np.array(labels)
    assert len(set(names[split.unseen])) == 4
    assert not set(names[split.unseen]) & (set(names[split.train]) | set(names[split.validation]))
    assert sorted(np.concatenate([split.train, split.validation, split.unseen])) == list(range(80))
    assert {name: (names[split.validation] == name).sum() for name in set(names[split.validation])} == dict.fromkeys(
        set(names[split.train]), 1
    )
