"""Photographed objects: listed from a folder or a CSV file, and cut out of their photos."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from store.gallery import cutouts
from tillsight.domain.arrays import Pixels


@dataclass(frozen=True)
class StudioObject:
    """A photographed object: its product_id, its printed name, and the path of its photo."""

    product_id: str
    name: str
    image: Path


def studio_objects(source: Path) -> list[StudioObject]:
    """The studio photos of a CSV file (product_id,name,image), or of a folder.

    A folder's gallery.csv is read if it has one; else its images are listed, named after their files.
    Raises ValueError if the file lacks a column or a folder has no image; OSError if a photo is missing.
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
    for studio_object in objects:
        if not studio_object.image.exists():
            raise FileNotFoundError(f"{source} lists {studio_object.image}, which does not exist")
    return objects


def cut_out(studio_object: StudioObject) -> Pixels:
    """A studio object as cropped uint8 RGBA: by its alpha channel, or cut out of its plain background.

    Raises OSError if the photo cannot be read, ValueError if no object is found in it.
    """
    raw = cv2.imread(str(studio_object.image), cv2.IMREAD_UNCHANGED)
    if raw is None:
        raise OSError(f"cannot read {studio_object.image} as an image")
    if raw.ndim == 3 and raw.shape[2] == 4:
        return cutouts.from_alpha(np.asarray(cv2.cvtColor(raw, cv2.COLOR_BGRA2RGBA), np.uint8))
    bgr = cv2.cvtColor(raw, cv2.COLOR_GRAY2BGR) if raw.ndim == 2 else raw
    try:
        return cutouts.from_plain_background(np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8))
    except ValueError as reason:
        raise ValueError(f"{studio_object.image}: {reason}") from reason
