"""Scenes become COCO annotations with touching pairs."""

from __future__ import annotations

import numpy as np

from store.scenes.coco import annotate, dataset, instance_mask
from store.scenes.sampling import SceneSettings, sample_scene


def test_touching_pairs_are_annotation_ids_of_their_own_image_and_masks_never_overlap() -> None:
    settings = SceneSettings(seed=4, first_label=0, label_count=60, max_objects=5)
    composed = [sample_scene(settings, index) for index in (1, 3)]
    annotations = dataset([annotate(f"{i}.jpg", s, labels) for i, (s, labels) in enumerate(composed)], "test")
    for image in annotations["images"]:
        masks = {a["id"]: instance_mask(a) for a in annotations["annotations"] if a["image_id"] == image["id"]}
        assert {number for pair in image["touching"] for number in pair} <= set(masks)
        if masks:
            assert np.sum(list(masks.values()), axis=0).max() <= 1
