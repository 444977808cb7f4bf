"""The demo's steps on a local stack: start the servers, enrol the shop, recognise a photo, show the answer."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from tillsight.cli import presentation
from tillsight.cli.importing import import_rows, print_summary
from tillsight.cli.recognition import recognize_one, write_picture
from tillsight.client import manifest
from tillsight.client.client import Client
from tillsight.config import Settings
from tillsight.domain.errors import InvalidPhoto
from tillsight.imaging.decoding import PhotoLimits, decode_photo
from tillsight.local.stack import LocalStack
from tillsight.service import in_background


def check_photo(photo: Path) -> None:
    """Decode a photo, before any server is started. Raises InvalidPhoto, which names the file, and OSError."""
    try:
        decode_photo(photo.read_bytes(), PhotoLimits())
    except InvalidPhoto as error:
        raise InvalidPhoto(f"{photo}: {error}") from error


def recognise_on_local_stack(
    settings: Settings, shop: Path, counter: Path, picture: Path, out: Console, err: Console
) -> None:
    """Start the servers, enrol the products of the manifest `shop`, recognise `counter`, show the answer, and stop.

    The table goes to `out`, the picture with the drawn answer to the file `picture`.
    """
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
