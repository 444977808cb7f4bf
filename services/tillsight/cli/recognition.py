"""`tillsight recognize`: recognises the products in photos and shows them as a table, JSON or a picture."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import cv2
import grpc
import typer

from tillsight.cli import presentation
from tillsight.cli.drawing import draw_objects
from tillsight.cli.messages import explain
from tillsight.cli.options import AsJson, Server, err, out, server_address
from tillsight.client.client import Client
from tillsight.domain.arrays import Pixels
from tillsight.domain.errors import InvalidPhoto, TillsightError
from tillsight.imaging.decoding import PhotoLimits, decode_photo
from tillsight.v1 import recognition_pb2


def recognize(
    photos: Annotated[list[Path], typer.Argument(help="JPEG, PNG or WebP files.")],
    server: Server = None,
    store: Annotated[str, typer.Option(help="Search this store's own products too.")] = "",
    whole: Annotated[bool, typer.Option(help="Recognise each photo as one object, without segmentation.")] = False,
    as_json: AsJson = False,
    save: Annotated[Path | None, typer.Option(help="Draw the answer on the photo and write it to this file.")] = None,
) -> None:
    """Recognise the products in photos. Exit code 1 if a photo fails; the others are still answered."""
    if save is not None and len(photos) > 1:
        raise typer.BadParameter("--save takes one photo at a time")
    answers, failed = [], False
    with Client(server_address(server)) as client:
        for path in photos:
            try:
                answer, picture = recognize_one(client, path, store, whole, save is not None)
            except (TillsightError, grpc.RpcError, OSError) as error:
                failed = True
                answers.append({"photo": str(path), "error": explain(error)})
                err.print(f"{path}: {explain(error)}", style="red", highlight=False, markup=False, soft_wrap=True)
                continue
            answers.append(presentation.answer_json(str(path), answer))
            if not as_json:
                out.print(presentation.answer_table(str(path), answer))
            if save is not None and picture is not None:
                write_picture(save, picture, answer)
    if as_json:
        print(json.dumps({"photos": answers}, ensure_ascii=False))
    if failed:
        raise typer.Exit(1)


def recognize_one(
    client: Client, path: Path, store: str, whole: bool, need_pixels: bool
) -> tuple[recognition_pb2.RecognizeResponse, Pixels | None]:
    """The answer to one photo file, and its upright pixels uint8 [H, W, 3] if they are needed."""
    data = path.read_bytes()
    photo = decode_photo(data, PhotoLimits(max_bytes=sys.maxsize)) if whole or need_pixels else None
    regions = [recognition_pb2.Box(width=photo.width, height=photo.height)] if whole and photo else []
    answer = client.recognize(data, store=store, regions=regions)
    return answer, photo.pixels if photo else None


def write_picture(path: Path, pixels: Pixels, answer: recognition_pb2.RecognizeResponse) -> None:
    """Draw an answer on its photo, pixels uint8 [H, W, 3], and write it in the format of the path's suffix.

    Raises InvalidPhoto for a suffix that is not an image format, OSError.
    """
    drawn = draw_objects(pixels, presentation.drawn_objects(answer))
    try:
        written, encoded = cv2.imencode(path.suffix, cv2.cvtColor(drawn, cv2.COLOR_RGB2BGR))
    except cv2.error:
        written = False
    if not written:
        raise InvalidPhoto(f"{path}: cannot write {path.suffix or 'a file without a suffix'}: name a .jpg or .png file")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded.tobytes())
