"""Counter scenes: masks that agree with the picture, touching that is touching, a cap on overlap."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from store import backgrounds, placement
from store.products import describe, render
from store.scenes import Scene, compose
from store.seeding import stream
from store.sprites import turned

PLAIN = np.full((384, 512, 3), 128, np.uint8)


def coloured_blocks(count: int) -> list[np.ndarray]:
    """Opaque blocks, each of one colour, told apart by it: RGBA."""
    blocks = []
    for i in range(count):
        block = np.full((60 + 10 * (i % 3), 90, 4), 255, np.uint8)
        block[..., :3] = colour_of(i)
        blocks.append(block)
    return blocks


def colour_of(index: int) -> tuple[int, int, int]:
    return (255, 20 * (index % 12), 0)


def plain_scene(seed: int, count: int = 6, touching: float = 0.6, **options: float) -> Scene:
    """Blocks on grey, without any camera or shadow between them and the picture."""
    return compose(stream(seed), coloured_blocks(count), PLAIN, (384, 512), touching, photograph=0, **options)


def adjacent(one: np.ndarray, other: np.ndarray) -> bool:
    return bool((cv2.dilate(one.astype(np.uint8), np.ones((3, 3), np.uint8)) & other).any())


def test_a_scene_is_the_same_for_the_same_seed() -> None:
    objects = [render(describe(i), 96, 1) for i in range(4)]
    one, other = (compose(stream(5), objects, None, (192, 256), spill=0.5, distractors=1.0) for _ in range(2))
    assert np.array_equal(one.image, other.image) and np.array_equal(one.instances, other.instances)
    assert (one.objects, one.touching) == (other.objects, other.touching)


@pytest.mark.parametrize("seed", range(4))
def test_each_mask_covers_its_own_object_in_the_picture(seed: int) -> None:
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
    ground = scene.image[outside].astype(int)
    assert np.ptp(ground, axis=1).max() <= 2  # grey, however shaded


@pytest.mark.parametrize("seed", range(6))
def test_touching_pairs_are_adjacent_and_all_others_are_not(seed: int) -> None:
    scene = plain_scene(seed, touching=0.7)
    masks = [scene.instances == n for n in range(1, len(scene.objects) + 1)]
    pairs = {(i, j) for i in range(len(masks)) for j in range(i + 1, len(masks)) if adjacent(masks[i], masks[j])}
    assert set(scene.touching) <= pairs
    for i, j in pairs - set(scene.touching):  # a contact of one or two pixels is not called touching
        assert (cv2.dilate(masks[i].astype(np.uint8), np.ones((3, 3), np.uint8)) & masks[j]).sum() <= 3


def test_objects_touch_when_asked_and_keep_apart_when_not() -> None:
    together = sum(len(plain_scene(seed, touching=1.0).touching) for seed in range(6))
    apart = sum(len(plain_scene(seed, touching=0.0).touching) for seed in range(6))
    assert apart == 0
    assert together >= 24  # of 6 x 5 objects laid against another


@pytest.mark.parametrize("seed", range(6))
def test_no_object_hides_more_of_another_than_allowed(seed: int) -> None:
    rng = stream(seed)
    table = placement.Table(384, 512)
    full: list[int] = []
    for i, block in enumerate(coloured_blocks(6)):
        mask = (turned(rng, block, 90, float(rng.uniform(0, 360)), 0.0)[..., 3] > 127).astype(np.uint8) * np.uint8(255)
        spot = placement.against(rng, table, mask, i) if i else placement.apart(rng, table, mask)
        assert spot is not None
        if i:
            spot = placement.pressed(table, mask, spot, i, 0.08, 40)
        table.lay(mask, spot)
        full.append(int(np.count_nonzero(mask)))
    seen = np.bincount(table.ids.ravel(), minlength=7)[1:]
    assert all(visible >= 0.92 * area for visible, area in zip(seen, full, strict=True))


def test_contact_without_overlap_shares_an_edge_and_no_pixel() -> None:
    rng = stream(11)
    table = placement.Table(256, 256)
    disc = np.zeros((61, 61), np.uint8)
    cv2.circle(disc, (30, 30), 30, 255, -1)
    table.lay(disc, (96, 96))
    spot = placement.against(rng, table, disc, 1)
    assert spot is not None
    assert table.overlap(disc, spot) == 0
    table.lay(disc, spot)
    assert adjacent(table.ids == 1, table.ids == 2)


def test_objects_without_room_are_left_out_not_forced() -> None:
    scene = compose(stream(1), coloured_blocks(40), PLAIN[:64, :96], (64, 96), 0.0, photograph=0)
    assert 1 <= len(scene.objects) < 40
    assert scene.instances.max() == len(scene.objects)


def test_pictures_of_odd_sizes_hold_their_objects() -> None:
    for seed in range(12):
        scene = compose(stream(seed), coloured_blocks(9), None, (301, 451), 0.5, photograph=0, fill=0.6)
        assert scene.instances.shape == (301, 451) and scene.objects


def test_an_empty_counter_is_a_scene_without_objects() -> None:
    scene = compose(stream(2), [], None, (96, 128))
    assert scene.objects == [] and scene.touching == [] and not scene.instances.any()


def test_objects_cut_by_the_edge_keep_ids_without_gaps() -> None:
    for seed in range(8):
        scene = plain_scene(seed, count=8, spill=1.0)
        assert sorted(np.unique(scene.instances[scene.instances > 0])) == list(range(1, len(scene.objects) + 1))


def test_upright_objects_are_not_turned() -> None:
    tall = np.full((120, 30, 4), 255, np.uint8)
    scene = compose(stream(4), [tall] * 5, PLAIN, (384, 512), 0.0, upright=True, photograph=0)
    for number in range(1, len(scene.objects) + 1):
        rows, columns = np.nonzero(scene.instances == number)
        assert np.ptp(rows) > 2 * np.ptp(columns)


@pytest.mark.parametrize("kind", backgrounds.KINDS)
def test_each_counter_is_drawn_at_any_size_and_reproducibly(kind: str) -> None:
    one, other = (backgrounds.render(stream(7), 97, 131, kind) for _ in range(2))
    assert one.shape == (97, 131, 3) and one.dtype == np.uint8
    assert np.array_equal(one, other)


def test_wrong_input_to_the_composer_is_named() -> None:
    with pytest.raises(ValueError, match="object 0 must be uint8"):
        compose(stream(0), [np.zeros((5, 5, 3), np.uint8)])
    with pytest.raises(ValueError, match="background must be"):
        compose(stream(0), [], PLAIN, (100, 100))
    with pytest.raises(ValueError, match="unknown counter"):
        backgrounds.render(stream(0), 64, 64, "lava")
