"""Render the synthetic store: references of any number of labels and annotated counter scenes.

    python tools/make_store.py --labels 25000 --scenes 200 --out DIR

writes DIR/gallery.csv with DIR/gallery/*.jpg, and DIR/scenes/images/*.jpg with DIR/scenes/annotations.json.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, TypeVar

import cv2
import typer
from rich.console import Console
from rich.progress import track

from store import checkout, coco, gallery
from store.products import MAX_LABELS

Item = TypeVar("Item")


def main(
    out: Annotated[Path, typer.Option(help="Folder to write; made where it is missing.")],
    labels: Annotated[int, typer.Option(min=0, help="Number of products.")] = 1000,
    scenes: Annotated[int, typer.Option(min=0, help="Number of counter scenes.")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Another seed is another store.")] = 0,
    first_label: Annotated[int, typer.Option(min=0, help="Label of the first product.")] = 0,
    references: Annotated[
        str, typer.Option(help="How many of the products get a reference: a number, or all.")
    ] = "all",
    size: Annotated[int, typer.Option(min=32, max=2048, help="Longer side of a reference's product, pixels.")] = 256,
    studio: Annotated[Path | None, typer.Option(help="Folder or CSV of studio photos to mix into the scenes.")] = None,
    upright: Annotated[bool, typer.Option(help="Lay products upright in the scenes instead of at any angle.")] = False,
    most: Annotated[int, typer.Option(min=1, max=60, help="Most objects in a scene.")] = 20,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Render a synthetic store."""
    started = time.monotonic()
    try:
        drawn_references = labels if references == "all" else min(labels, int(references))
    except ValueError:
        raise typer.BadParameter(f"--references takes a number or all, not {references!r}") from None
    if first_label + labels > MAX_LABELS:
        raise typer.BadParameter(
            f"labels {first_label}..{first_label + labels - 1} reach past the store's {MAX_LABELS}"
        )
    try:
        objects = tuple(gallery.studio_objects(studio)) if studio else ()
    except (ValueError, OSError) as reason:
        raise typer.BadParameter(str(reason)) from reason
    if scenes and not labels and not objects:
        raise typer.BadParameter("scenes need products: give --labels, --studio, or both")
    (out / "gallery").mkdir(parents=True, exist_ok=True)
    chosen = range(first_label, first_label + drawn_references)
    for _ in _spread(partial(gallery.write_reference, out, seed=seed, size=size), chosen, jobs, "references"):
        pass
    try:
        rows = gallery.write_manifest(
            out / "gallery.csv", chain(gallery.rows(chosen, seed), gallery.write_studio(out, objects))
        )
    except (ValueError, OSError) as reason:
        raise typer.BadParameter(str(reason)) from reason
    gallery_seconds = time.monotonic() - started
    summary: dict[str, Any] = {
        "out": str(out),
        "seed": seed,
        "labels": labels,
        "references": rows,
        "reference_seconds": round(gallery_seconds, 2),
        "scenes": 0,
    }
    if scenes:
        summary |= _scenes(
            out / "scenes", checkout.Assortment(seed, first_label, labels, objects, upright, most), scenes, jobs
        )
        summary["scene_seconds"] = round(time.monotonic() - started - gallery_seconds, 2)
    if as_json:
        sys.stdout.write(json.dumps(summary) + "\n")
    else:
        Console(stderr=True).print(summary)


def _scenes(folder: Path, shop: checkout.Assortment, count: int, jobs: int) -> dict[str, Any]:
    """Draw the scenes and write their annotations; returns what the summary says of them."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    written = list(_spread(partial(checkout.write_scene, folder, shop), range(count), jobs, "scenes"))
    told = coco.dataset(
        written, f"Synthetic counter scenes, seed {shop.seed}, labels {shop.first}..{shop.first + shop.count - 1}"
    )
    (folder / "annotations.json").write_text(json.dumps(told), encoding="utf-8")
    return {
        "scenes": len(written),
        "objects": len(told["annotations"]),
        "touching_pairs": sum(len(s.touching) for s in written),
    }


def _spread(task: Callable[[int], Item], numbers: Iterable[int], jobs: int, title: str) -> Iterator[Item]:
    """The task's results in order, over `jobs` processes, with a progress bar on stderr."""
    listed, console = list(numbers), Console(stderr=True)
    if jobs == 1 or len(listed) < 2:
        yield from track(map(task, listed), title, total=len(listed), console=console)
        return
    with multiprocessing.get_context("spawn").Pool(jobs, initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        yield from track(pool.imap(task, listed, chunksize=8), title, total=len(listed), console=console)


if __name__ == "__main__":
    typer.run(main)
