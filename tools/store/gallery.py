"""gallery.csv and its reference pictures: one studio-like photo a label on a light, plain ground."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from store import cutouts
from store.products import attributes, describe, render

Pixels = npt.NDArray[np.uint8]
HEADER = ("product_id", "name", "image", "store", "attributes")
GROUND = (248, 248, 247)


@dataclass(frozen=True)
class StudioObject:
    """A photographed object to mix into the scenes, or to be a label of its own."""

    product_id: str
    name: str
    image: Path


def on_ground(rgba: Pixels, pad: float = 0.06) -> Pixels:
    """An object on a light, plain ground with a soft shadow below it: uint8 [H', W', 3] RGB."""
    h, w = rgba.shape[:2]
    rim = max(4, int(pad * max(h, w)))
    alpha = cv2.copyMakeBorder(rgba[..., 3], rim, rim, rim, rim, cv2.BORDER_CONSTANT, value=(0,))
    colour = cv2.copyMakeBorder(rgba[..., :3], rim, rim, rim, rim, cv2.BORDER_REPLICATE)
    shadow = cv2.blur(np.roll(alpha, rim // 3, axis=0), (rim, rim))
    ground = np.clip(np.array(GROUND, np.float32) * (1 - 0.22 * shadow[..., None] / 255), 0, 255)
    cover = alpha[..., None].astype(np.float32) / 255
    return np.asarray(ground + (colour - ground) * cover, np.float32).astype(np.uint8)


def write_reference(folder: Path, label: int, seed: int, size: int) -> str:
    """Render one label's reference into folder/gallery; returns its path relative to the folder."""
    name = reference_name(label, seed)
    save(folder / name, on_ground(render(describe(label, seed), size)))
    return name


def reference_name(label: int, seed: int) -> str:
    """Where a label's reference lies, relative to the store's folder."""
    return f"gallery/{describe(label, seed).product_id}.jpg"


def save(path: Path, image: Pixels, quality: int = 92) -> None:
    """Write an RGB picture by its file's suffix. Raises OSError where it cannot be written."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality] if path.suffix == ".jpg" else [cv2.IMWRITE_PNG_COMPRESSION, 2]
    done, code = cv2.imencode(path.suffix, cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)
    if not done:
        raise OSError(f"cannot encode {path.name} as {path.suffix}")
    path.write_bytes(code.tobytes())


def rows(labels: Iterable[int], seed: int) -> Iterator[tuple[str, str, str, str, str]]:
    """gallery.csv's rows for labels, without drawing them. Every label is sold in every store (empty store)."""
    for label in labels:
        spec = describe(label, seed)
        yield (
            spec.product_id,
            spec.name,
            f"gallery/{spec.product_id}.jpg",
            "",
            json.dumps(attributes(spec), ensure_ascii=False),
        )


def write_studio(folder: Path, objects: Iterable[StudioObject]) -> Iterator[tuple[str, str, str, str, str]]:
    """Copy studio objects, cut out, into folder/gallery; yields their rows, so that all that is in scenes is listed."""
    for entry in objects:
        name = f"gallery/studio-{re.sub(r'[^A-Za-z0-9._-]', '_', entry.product_id)}.jpg"
        save(folder / name, on_ground(cut(entry)))
        yield entry.product_id, entry.name, name, "", json.dumps({"kind": "studio", "group": "studio"})


def write_manifest(path: Path, lines: Iterable[tuple[str, str, str, str, str]]) -> int:
    """Write gallery.csv; returns the number of rows."""
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(HEADER)
        count = 0
        for line in lines:
            writer.writerow(line)
            count += 1
    return count


def studio_objects(source: Path) -> list[StudioObject]:
    """Studio photos to use: a gallery.csv (product_id,name,image), or a folder's pictures, named by their files.

    Raises ValueError where the file lacks a column or nothing is found; OSError where a picture is missing.
    """
    if source.is_dir():
        listed = source / "gallery.csv"
        if not listed.exists():
            found = sorted(p for p in source.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
            if not found:
                raise ValueError(
                    f"no .jpg or .png under {source}: give a folder of studio photos or a CSV that lists them"
                )
            return [StudioObject(p.stem, p.stem.replace("_", " "), p) for p in found]
        source = listed
    with source.open(newline="", encoding="utf-8") as handle:
        reader = csv.DictReader(handle)
        missing = {"product_id", "image"} - set(reader.fieldnames or ())
        if missing:
            raise ValueError(
                f"{source} lacks the column {', '.join(sorted(missing))}: its first line must be product_id,name,image"
            )
        objects = [
            StudioObject(r["product_id"], r.get("name") or r["product_id"], source.parent / r["image"]) for r in reader
        ]
    for entry in objects:
        if not entry.image.exists():
            raise FileNotFoundError(f"{source} lists {entry.image}, which does not exist")
    return objects


def cut(entry: StudioObject) -> Pixels:
    """A studio object's RGBA: by its alpha where it has one, else off its plain ground. Raises ValueError, OSError."""
    raw = cv2.imread(str(entry.image), cv2.IMREAD_UNCHANGED)
    if raw is None:
        raise OSError(f"cannot read {entry.image} as a picture")
    if raw.ndim == 3 and raw.shape[2] == 4:
        return cutouts.from_alpha(np.asarray(cv2.cvtColor(raw, cv2.COLOR_BGRA2RGBA), np.uint8))
    bgr = cv2.cvtColor(raw, cv2.COLOR_GRAY2BGR) if raw.ndim == 2 else raw
    try:
        return cutouts.from_white_ground(np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8))
    except ValueError as reason:
        raise ValueError(f"{entry.image}: {reason}") from reason
