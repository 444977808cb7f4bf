"""Counter scenes: the masks agree with the image, touching pairs touch, overlap is limited."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from store.products import describe, render
from store.random_streams import stream
from store.scenes.scene import Scene, compose

PLAIN = np.full((384, 512, 3), 128, np.uint8)


def coloured_blocks(count: int) -> list[np.ndarray]:
    """Opaque blocks, each of one colour, which tells them apart: RGBA."""
    blocks = []
    for i in range(count):
        block = np.full((60 + 10 * (i % 3), 90, 4), 255, np.uint8)
        block[..., :3] = colour_of(i)
        blocks.append(block)
    return blocks


def colour_of(index: int) -> tuple[int, int, int]:
    return (255, 20 * (index % 12), 0)


def plain_scene(seed: int, count: int = 6, touching: float = 0.6, **options: float) -> Scene:
    """Blocks on grey, without camera effects."""
    return compose(stream(seed), coloured_blocks(count), PLAIN, (384, 512), touching, camera_strength=0, **options)


def adjacent(one: np.ndarray, other: np.ndarray) -> bool:
    return bool((cv2.dilate(one.astype(np.uint8), np.ones((3, 3), np.uint8)) & other).any())


def test_a_scene_is_the_same_for_the_same_seed() -> None:
    objects = [render(describe(i), 96, 1) for i in range(4)]
    one, other = (compose(stream(5), objects, None, (192, 256), border_cut=0.5, distractors=1.0) for _ in range(2))
    assert np.array_equal(one.image, other.image) and np.array_equal(one.instances, other.instances)
    assert (one.objects, one.touching) == (other.objects, other.touching)


@pytest.mark.parametrize("seed", range(4))
def test_each_mask_covers_its_own_object_in_the_image(seed: int) -> None:
    scene = plain_scene(seed)
    assert scene.instances.dtype == np.int32 and scene.image.shape == (384, 512, 3)
    for number, index in enumerate(scene.objects, start=1):
        inner = cv2.erode((scene.instances == number).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
        assert inner.any()
        hue = scene.image[inner].astype(float)
        hue /= np.maximum(hue[:, :1], 1)  # a neighbour's contact shadow darkens, it does not tint
        assert np.abs(hue[:, 1] - colour_of(index)[1] / 255).max() < 0.03


@pytest.mark.parametrize("seed", range(4))
def test_nothing_of_an_object_lies_outside_the_masks(seed: int) -> None:
    scene = plain_scene(seed)
    outside = cv2.dilate((scene.instances > 0).astype(np.uint8), np.ones((5, 5), np.uint8)) == 0
    background = scene.image[outside].astype(int)
    assert np.ptp(background, axis=1).max() <= 2  # grey, however shaded


@pytest.mark.parametrize("seed", range(6))
def test_touching_pairs_are_adjacent_and_all_others_are_not(seed: int) -> None:
    scene = plain_scene(seed, touching=0.7)
    masks = [scene.instances == n for n in range(1, len(scene.objects) + 1)]
    pairs = {(i, j) for i in range(len(masks)) for j in range(i + 1, len(masks)) if adjacent(masks[i], masks[j])}
    assert set(scene.touching) <= pairs
    for i, j in pairs - set(scene.touching):  # a contact of one or two pixels does not count as touching
        assert (cv2.dilate(masks[i].astype(np.uint8), np.ones((3, 3), np.uint8)) & masks[j]).sum() <= 3


def test_objects_touch_when_asked_and_keep_apart_when_not() -> None:
    together = sum(len(plain_scene(seed, touching=1.0).touching) for seed in range(6))
    apart = sum(len(plain_scene(seed, touching=0.0).touching) for seed in range(6))
    assert apart == 0
    assert together >= 24  # of 6 x 5 objects placed in contact with another


def test_objects_without_room_are_left_out() -> None:
    scene = compose(stream(1), coloured_blocks(40), PLAIN[:64, :96], (64, 96), 0.0, camera_strength=0)
    assert 1 <= len(scene.objects) < 40
    assert scene.instances.max() == len(scene.objects)


def test_images_of_odd_sizes_hold_their_objects() -> None:
    for seed in range(12):
        scene = compose(stream(seed), coloured_blocks(9), None, (301, 451), 0.5, camera_strength=0, max_fill=0.6)
        assert scene.instances.shape == (301, 451) and scene.objects


def test_an_empty_counter_is_a_scene_without_objects() -> None:
    scene = compose(stream(2), [], None, (96, 128))
    assert scene.objects == [] and scene.touching == [] and not scene.instances.any()


def test_objects_cut_by_the_image_border_keep_ids_without_gaps() -> None:
    for seed in range(8):
        scene = plain_scene(seed, count=8, border_cut=1.0)
        assert sorted(np.unique(scene.instances[scene.instances > 0])) == list(range(1, len(scene.objects) + 1))


def test_upright_objects_are_not_rotated() -> None:
    tall = np.full((120, 30, 4), 255, np.uint8)
    scene = compose(stream(4), [tall] * 5, PLAIN, (384, 512), 0.0, upright=True, camera_strength=0)
    for number in range(1, len(scene.objects) + 1):
        rows, columns = np.nonzero(scene.instances == number)
        assert np.ptp(rows) > 2 * np.ptp(columns)


def test_wrong_input_to_the_composer_is_named() -> None:
    with pytest.raises(ValueError, match="object 0 must be uint8"):
        compose(stream(0), [np.zeros((5, 5, 3), np.uint8)])
    with pytest.raises(ValueError, match="background must be"):
        compose(stream(0), [], PLAIN, (100, 100))
