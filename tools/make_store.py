"""Draw the synthetic store: reference photos of any number of products, and annotated counter scenes.

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

from store.gallery import manifest
from store.gallery.reference_photos import write_reference
from store.gallery.studio_photos import studio_objects
from store.products import MAX_LABELS
from store.scenes import coco
from store.scenes.sampling import SceneSettings, write_scene

Item = TypeVar("Item")


def main(
    out: Annotated[Path, typer.Option(help="Folder to write to; created if it is missing.")],
    labels: Annotated[int, typer.Option(min=0, help="Number of products.")] = 1000,
    scenes: Annotated[int, typer.Option(min=0, help="Number of counter scenes.")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the store; each seed gives a different store.")] = 0,
    first_label: Annotated[int, typer.Option(min=0, help="Label of the first product.")] = 0,
    references: Annotated[str, typer.Option(help="Number of products that get a reference photo, or all.")] = "all",
    size: Annotated[
        int, typer.Option(min=32, max=2048, help="Longer side of the product in a reference photo, in pixels.")
    ] = 256,
    studio: Annotated[
        Path | None, typer.Option(help="Folder or CSV file of studio photos to add to the scenes and the gallery.")
    ] = None,
    upright: Annotated[
        bool, typer.Option(help="Place products upright in the scenes instead of at any angle.")
    ] = False,
    most: Annotated[int, typer.Option(min=1, max=60, help="Largest number of objects in a scene.")] = 20,
    jobs: Annotated[int, typer.Option(min=1, help="Number of processes.")] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Draw a synthetic store."""
    started = time.monotonic()
    try:
        reference_count = labels if references == "all" else min(labels, int(references))
    except ValueError:
        raise typer.BadParameter(f"--references must be a number or all, not {references!r}") from None
    if first_label + labels > MAX_LABELS:
        raise typer.BadParameter(
            f"labels {first_label}..{first_label + labels - 1} exceed the store's {MAX_LABELS}: "
            "lower --labels or --first-label"
        )
    try:
        objects = tuple(studio_objects(studio)) if studio else ()
    except (ValueError, OSError) as reason:
        raise typer.BadParameter(str(reason)) from reason
    if scenes and not labels and not objects:
        raise typer.BadParameter("scenes need products: give --labels, --studio, or both")
    (out / "gallery").mkdir(parents=True, exist_ok=True)
    chosen = range(first_label, first_label + reference_count)
    for _ in _run_parallel(partial(write_reference, out, seed=seed, size=size), chosen, jobs, "references"):
        pass
    try:
        rows = manifest.write_manifest(
            out / "gallery.csv",
            chain(manifest.gallery_rows(chosen, seed), manifest.write_studio_references(out, objects)),
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
        settings = SceneSettings(seed, first_label, labels, objects, upright, most)
        summary |= _write_scenes(out / "scenes", settings, scenes, jobs)
        summary["scene_seconds"] = round(time.monotonic() - started - gallery_seconds, 2)
    if as_json:
        sys.stdout.write(json.dumps(summary) + "\n")
    else:
        Console(stderr=True).print(summary)


def _write_scenes(folder: Path, settings: SceneSettings, count: int, jobs: int) -> dict[str, Any]:
    """Draw the scenes and write their annotations; returns their counts for the summary."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    written = list(_run_parallel(partial(write_scene, folder, settings), range(count), jobs, "scenes"))
    last_label = settings.first_label + settings.label_count - 1
    annotations = coco.dataset(
        written, f"Synthetic counter scenes, seed {settings.seed}, labels {settings.first_label}..{last_label}"
    )
    (folder / "annotations.json").write_text(json.dumps(annotations), encoding="utf-8")
    return {
        "scenes": len(written),
        "objects": len(annotations["annotations"]),
        "touching_pairs": sum(len(s.touching) for s in written),
    }


def _run_parallel(task: Callable[[int], Item], numbers: Iterable[int], jobs: int, title: str) -> Iterator[Item]:
    """The results of `task` for each number, in order, from `jobs` processes, with a progress bar on stderr."""
    listed, console = list(numbers), Console(stderr=True)
    if jobs == 1 or len(listed) < 2:
        yield from track(map(task, listed), title, total=len(listed), console=console)
        return
    # spawn, since a fork of a process with OpenCV threads can hang; one OpenCV thread for each process
    with multiprocessing.get_context("spawn").Pool(jobs, initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        yield from track(pool.imap(task, listed, chunksize=8), title, total=len(listed), console=console)


if __name__ == "__main__":
    typer.run(main)
