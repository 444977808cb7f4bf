"""`make demo`: from nothing to a recognised counter photo, on this machine.

Renders a small shop, starts the real Triton and Milvus Lite, enrols the shop's products over gRPC, recognises
a counter photo over gRPC, prints the answer as a table and draws it to out/demo.jpg; then stops everything.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.progress import track

from store import products
from store.gallery.image_files import save_image
from store.gallery.manifest import gallery_rows, write_manifest
from store.gallery.reference_photos import reference_name, write_reference
from store.scenes.scene import compose
from tillsight.cli import presentation
from tillsight.cli.importing import import_rows, print_summary
from tillsight.cli.messages import explain
from tillsight.cli.recognition import recognize_one, write_picture
from tillsight.client import manifest
from tillsight.client.client import Client
from tillsight.config import Settings, configure_logging
from tillsight.domain.errors import InvalidPhoto, TillsightError
from tillsight.imaging.decoding import PhotoLimits, decode_photo
from tillsight.local.stack import LocalStack
from tillsight.service import in_background

LABELS = 120
STRANGERS = 1
"""Products on the demo counter that the gallery does not hold, so that an UNKNOWN is seen too."""
ON_COUNTER = 11
SEED = 12
REFERENCE_SIZE = 320
COUNTER_SIZE = (960, 1280)

out, err = Console(), Console(stderr=True)


def main(
    photo: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A counter photo of your own.")
    ] = None,
    picture: Annotated[Path, typer.Option(help="Where the drawn answer goes.")] = Path("out/demo.jpg"),
    data_dir: Annotated[Path, typer.Option(help="The demo's gallery, photos and logs.")] = Path("var/demo"),
) -> None:
    """Recognise a counter photo, from nothing."""
    begun = time.monotonic()
    settings = Settings(port=0, data_dir=data_dir, log_level="warning")
    configure_logging(settings.log_level)
    try:
        if photo:
            check(photo)
        shop = render_shop(data_dir / "shop")
        counter = photo or render_counter(data_dir / "shop" / "counter.jpg")
        recognise_on_local_stack(settings, shop, counter, picture)
    except (TillsightError, OSError) as error:
        err.print(explain(error), style="red", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    out.print(f"The answer is drawn in {picture} ({time.monotonic() - begun:.0f} s in all)")


def check(photo: Path) -> None:
    """Raises InvalidPhoto, naming the file, before anything is started for one that cannot be read."""
    try:
        decode_photo(photo.read_bytes(), PhotoLimits())
    except InvalidPhoto as error:
        raise InvalidPhoto(f"{photo}: {error}") from error


def recognise_on_local_stack(settings: Settings, shop: Path, counter: Path, picture: Path) -> None:
    """Start everything, enrol the shop, recognise the photo, show the answer; stop everything."""
    with err.status("Starting Triton and Milvus Lite") as status:
        stack = LocalStack(settings.model_repository, settings.data_dir, progress=lambda text: status.update(text))
        with stack:
            local = settings.model_copy(update={"triton": stack.triton, "milvus": stack.milvus})
            with in_background(local) as server, Client(server) as client:
                status.stop()
                print_summary(import_rows(client, list(manifest.read_manifest(shop))))
                answer, pixels = recognize_one(client, counter, store="", whole=False, need_pixels=True)
                assert pixels is not None
                out.print(presentation.answer_table(str(counter), answer))
                write_picture(picture, pixels, answer)


def render_shop(folder: Path) -> Path:
    """The manifest of the demo's products, their reference photos rendered where they are not there yet."""
    (folder / "gallery").mkdir(parents=True, exist_ok=True)
    for label in track(range(LABELS), "Rendering the shop's products", console=err):
        if not (folder / reference_name(label, SEED)).exists():
            write_reference(folder, label, SEED, REFERENCE_SIZE)
    write_manifest(folder / "gallery.csv", gallery_rows(range(LABELS), SEED))
    return folder / "gallery.csv"


def render_counter(path: Path) -> Path:
    """A counter with some of the shop's products, in another view than the gallery's, and some strangers."""
    rng = np.random.default_rng(SEED)
    known = rng.choice(LABELS, ON_COUNTER - STRANGERS, replace=False)
    strangers = range(LABELS + 900, LABELS + 900 + STRANGERS)
    labels = [int(label) for label in (*known, *strangers)]
    specs = [products.describe(label, SEED) for label in labels]
    objects = [products.render(spec, 420, view_seed=1) for spec in specs]
    lengths = [max(spec.width_mm, spec.height_mm) for spec in specs]
    save_image(path, compose(rng, objects, size=COUNTER_SIZE, touching=0.6, relative=lengths).image)
    return path


if __name__ == "__main__":
    typer.run(main)
