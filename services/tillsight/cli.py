"""The `tillsight` command."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import cv2
import grpc
import typer
from pydantic import ValidationError

from tillsight import imaging, presentation
from tillsight.cli_catalogue import app as catalogue_app
from tillsight.cli_options import AsJson, Server, err, out, server_address
from tillsight.client import Client
from tillsight.config import Settings, configure_logging
from tillsight.drawing import draw
from tillsight.errors import InvalidPhoto, TillsightError
from tillsight.imaging import PhotoLimits
from tillsight.local.ports import check_free
from tillsight.v1 import recognition_pb2

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="Photos of products in, labels out.")
app.add_typer(catalogue_app, name="catalogue")

Port = Annotated[int | None, typer.Option(help="Port of the service; 0: one of the system's choice. [default: 50051]")]
MilvusUri = Annotated[str | None, typer.Option(help="A Milvus that runs already, as URI.")]
TritonAddress = Annotated[str | None, typer.Option(help="A Triton that runs already, HOST:PORT of its gRPC endpoint.")]


def settings_with(**given: Any) -> Settings:
    """The settings, with what the command line gave in place of the environment's."""
    return Settings(**{name: value for name, value in given.items() if value is not None})


def announce(settings: Settings, port: int) -> None:
    """Say on stderr that the service answers, and where."""
    err.print(f"Tillsight answers on {settings.host}:{port}; Ctrl-C stops it", style="green", highlight=False)


@app.command()
def up(port: Port = None, milvus: MilvusUri = None, triton: TritonAddress = None) -> None:
    """Run everything on this machine until Ctrl-C: Triton, Milvus and the service.

    Triton and Milvus Lite are started from their wheels, on loopback; one that is named by an option is used
    as it is instead.
    """
    # A second of imports, which commands on a running service do without.
    from tillsight import bootstrap
    from tillsight.local.stack import LocalStack

    settings = settings_with(port=port)
    configure_logging(settings.log_level)
    if settings.port:
        check_free(settings.port, "the service")
    with (
        err.status("Starting") as status,
        LocalStack(
            settings.model_repository,
            settings.data_dir,
            triton=triton,
            milvus=milvus,
            progress=lambda message: status.update(message),
        ) as stack,
    ):
        local = settings.model_copy(update={"triton": stack.triton, "milvus": stack.milvus})

        def ready(bound: int) -> None:
            status.stop()
            announce(local, bound)

        asyncio.run(bootstrap.serve(local, ready))


@app.command()
def serve(port: Port = None, milvus: MilvusUri = None, triton: TritonAddress = None) -> None:
    """Run the service alone, on a Triton and a Milvus that run elsewhere, until SIGINT or SIGTERM."""
    from tillsight import bootstrap

    settings = settings_with(port=port, milvus=milvus, triton=triton)
    configure_logging(settings.log_level)
    asyncio.run(bootstrap.serve(settings, lambda bound: announce(settings, bound)))


@app.command()
def health(server: Server = None, as_json: AsJson = False) -> None:
    """Say whether the service can recognise now; the exit code is 1 where it cannot."""
    with Client(server_address(server)) as client:
        serving = client.serving()
    if as_json:
        print(json.dumps({"serving": serving}))
    else:
        out.print("serving" if serving else "not serving: Triton or Milvus is away; the service's log says which")
    if not serving:
        raise typer.Exit(1)


@app.command()
def recognize(
    photos: Annotated[list[Path], typer.Argument(help="JPEG, PNG or WebP files.")],
    server: Server = None,
    store: Annotated[str, typer.Option(help="Search this store's own products too.")] = "",
    whole: Annotated[bool, typer.Option(help="Take each photo as one object, without looking for several.")] = False,
    as_json: AsJson = False,
    save: Annotated[Path | None, typer.Option(help="Draw the answer on the photo and write it here.")] = None,
) -> None:
    """Name the products in photos."""
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
) -> tuple[recognition_pb2.RecognizeResponse, imaging.Pixels | None]:
    """The answer to one photo file, and its upright pixels where they are needed."""
    data = path.read_bytes()
    photo = imaging.decode(data, PhotoLimits(max_bytes=sys.maxsize)) if whole or need_pixels else None
    regions = [recognition_pb2.Box(width=photo.width, height=photo.height)] if whole and photo else []
    answer = client.recognize(data, store=store, regions=regions)
    return answer, photo.pixels if photo else None


def write_picture(path: Path, pixels: imaging.Pixels, answer: recognition_pb2.RecognizeResponse) -> None:
    """Draw an answer on its photo and write it, as what the path's ending says. Raises InvalidPhoto for another."""
    drawn = draw(pixels, presentation.marked_objects(answer))
    try:
        written, encoded = cv2.imencode(path.suffix, cv2.cvtColor(drawn, cv2.COLOR_RGB2BGR))
    except cv2.error:
        written = False
    if not written:
        raise InvalidPhoto(f"{path}: cannot write {path.suffix or 'a file without ending'}; name a .jpg or .png")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded.tobytes())


def explain(error: Exception) -> str:
    """One sentence on an error, for people."""
    if isinstance(error, grpc.RpcError) and isinstance(error, grpc.Call):
        return f"{error.code().name}: {error.details()}"
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"setting TILLSIGHT_{str(first['loc'][0]).upper()}: {first['msg']}"
    return str(error)


def main() -> None:
    """Run the command; an error of ours is one sentence on stderr and exit code 1."""
    try:
        app()
    except (TillsightError, grpc.RpcError, OSError, ValidationError) as error:
        err.print(explain(error), style="red", highlight=False, markup=False, soft_wrap=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
