"""The demo's shop: reference photos of its products, and a photo of its counter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track

from store import products
from store.gallery.image_files import save_image
from store.gallery.manifest import gallery_rows, write_manifest
from store.gallery.reference_photos import reference_name, write_reference
from store.scenes.scene import compose

LABELS = 120
OUT_OF_GALLERY = 1
"""Products on the counter that the gallery does not have, so that the demo shows an UNKNOWN."""
ON_COUNTER = 11
SEED = 12
REFERENCE_SIZE = 320
PRODUCT_SIZE = 420
COUNTER_SIZE = (960, 1280)


def render_shop(folder: Path, console: Console) -> Path:
    """The manifest of the demo's products. Renders the reference photos that are missing."""
    (folder / "gallery").mkdir(parents=True, exist_ok=True)
    for label in track(range(LABELS), "Rendering the shop's products", console=console):
        if not (folder / reference_name(label, SEED)).exists():
            write_reference(folder, label, SEED, REFERENCE_SIZE)
    write_manifest(folder / "gallery.csv", gallery_rows(range(LABELS), SEED))
    return folder / "gallery.csv"


def render_counter(path: Path) -> Path:
    """Write a photo of a counter: some of the shop's products in other views than the gallery's, and another one."""
    rng = np.random.default_rng(SEED)
    enrolled = rng.choice(LABELS, ON_COUNTER - OUT_OF_GALLERY, replace=False)
    others = range(LABELS + 900, LABELS + 900 + OUT_OF_GALLERY)
    labels = [int(label) for label in (*enrolled, *others)]
    specs = [products.describe(label, SEED) for label in labels]
    objects = [products.render(spec, PRODUCT_SIZE, view_seed=1) for spec in specs]
    lengths = [max(spec.width_mm, spec.height_mm) for spec in specs]
    save_image(path, compose(rng, objects, size=COUNTER_SIZE, touching=0.6, relative=lengths).image)
    return path
