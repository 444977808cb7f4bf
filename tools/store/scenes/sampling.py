"""Random scenes of a store, each from (seed, index): which products, how many, and the size of the image."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from store.catalogue.assortment import describe
from store.gallery.image_files import save_image
from store.gallery.studio_photos import StudioObject, cut_out
from store.products import render
from store.random_streams import chance, stream
from store.scenes.coco import AnnotatedScene, annotate
from store.scenes.scene import Scene, compose
from tillsight.domain.arrays import Pixels

# height, width in pixels; a size listed several times is more frequent
SIZES = ((768, 1024), (768, 1024), (768, 1024), (1024, 768), (720, 1280), (900, 900), (960, 1280))
_STUDIO_MM = 140.0  # studio objects have no known size: all count as this long


@dataclass(frozen=True)
class SceneSettings:
    """What scenes are drawn from.

    Products are the labels first_label..first_label+label_count-1 of the store of `seed`, and `studio` objects beside
    them. `upright` places them without rotation. `max_objects` is the most objects in a scene.
    """

    seed: int
    first_label: int
    label_count: int
    studio: tuple[StudioObject, ...] = ()
    upright: bool = False
    max_objects: int = 20


@lru_cache(maxsize=256)
def _studio_cutout(studio_object: StudioObject) -> Pixels:
    return cut_out(studio_object)


def sample_scene(settings: SceneSettings, index: int) -> tuple[Scene, list[tuple[str, str]]]:
    """The scene of an index, with (product_id, name) of each object that the composer received."""
    rng = stream(settings.seed, "scene", index)
    empty = chance(rng, 0.02)
    number = 0 if empty else int(np.clip(rng.geometric(0.13) + 1, 1, settings.max_objects))
    labels: list[tuple[str, str]] = []
    objects: list[Pixels] = []
    lengths_mm: list[float] = []
    while len(objects) < number:
        repeats = int(rng.integers(2, 5)) if chance(rng, 0.18) else 1
        for name, picture, length_mm in _sample_product(rng, settings, min(repeats, number - len(objects))):
            labels.append(name)
            objects.append(picture)
            lengths_mm.append(length_mm)
    size = SIZES[int(rng.integers(len(SIZES)))]
    composed = compose(
        rng,
        objects,
        None,
        size,
        touching=float(rng.choice([0.0, 0.4, 0.5, 0.6, 0.9])),
        upright=settings.upright,
        length_range=(0.22, 0.55),
        relative=lengths_mm,
        border_cut=0.12,
        distractors=0.12,
    )
    return composed, labels


def _sample_product(
    rng: np.random.Generator, settings: SceneSettings, repeats: int
) -> list[tuple[tuple[str, str], Pixels, float]]:
    """One product several times, each a different view: ((product_id, name), RGBA, length in millimetres)."""
    if settings.studio and (settings.label_count == 0 or chance(rng, 0.45)):
        studio_object = settings.studio[int(rng.integers(len(settings.studio)))]
        return [((studio_object.product_id, studio_object.name), _studio_cutout(studio_object), _STUDIO_MM)] * repeats
    spec = describe(settings.first_label + int(rng.integers(settings.label_count)), settings.seed)
    views = rng.integers(1, 1 << 31, repeats)
    return [
        ((spec.product_id, spec.name), render(spec, 360, int(v)), max(spec.width_mm, spec.height_mm)) for v in views
    ]


def write_scene(folder: Path, settings: SceneSettings, index: int) -> AnnotatedScene:
    """Draw the scene of an index into folder/images; returns its annotations. Raises OSError if that fails."""
    composed, labels = sample_scene(settings, index)
    name = f"{index:06d}.jpg"
    save_image(folder / "images" / name, composed.image, 95)
    return annotate(name, composed, labels)
