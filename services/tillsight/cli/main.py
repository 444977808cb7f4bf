"""The `tillsight` command: running the service, its health, and the commands of the other modules."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Annotated, Any

import grpc
import typer
from pydantic import ValidationError

from tillsight.cli.catalogue import app as catalogue_app
from tillsight.cli.messages import explain
from tillsight.cli.options import AsJson, Server, err, out, server_address
from tillsight.cli.recognition import recognize
from tillsight.client.client import Client
from tillsight.config import Settings, configure_logging
from tillsight.domain.errors import TillsightError
from tillsight.local.tcp_ports import check_free

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="Recognises products in photos.")
app.command()(recognize)
app.add_typer(catalogue_app, name="catalogue")

Port = Annotated[int | None, typer.Option(help="Port of the service; 0: chosen by the system (default: 50051).")]
MilvusUri = Annotated[str | None, typer.Option(help="URI of a running Milvus.")]
TritonAddress = Annotated[str | None, typer.Option(help="HOST:PORT of a running Triton's gRPC endpoint.")]


def settings_with(**options: Any) -> Settings:
    """The settings. Options that were given on the command line override the environment."""
    return Settings(**{name: value for name, value in options.items() if value is not None})


def announce(settings: Settings, port: int) -> None:
    """Print on stderr the address on which the service answers."""
    err.print(f"Tillsight answers on {settings.host}:{port}; Ctrl-C stops it", style="green", highlight=False)


@app.command()
def up(port: Port = None, milvus: MilvusUri = None, triton: TritonAddress = None) -> None:
    """Run Triton, Milvus and the service on this machine until Ctrl-C.

    Starts Triton and Milvus Lite from their wheels, on loopback. With --triton or --milvus it uses that server and does
    not start its own.
    """
    # These imports take a second; commands that only call a running service do not need them.
    from tillsight import service
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

        asyncio.run(service.serve(local, ready))


@app.command()
def serve(port: Port = None, milvus: MilvusUri = None, triton: TritonAddress = None) -> None:
    """Run only the service, with an external Triton and Milvus, until SIGINT or SIGTERM."""
    from tillsight import service

    settings = settings_with(port=port, milvus=milvus, triton=triton)
    configure_logging(settings.log_level)
    asyncio.run(service.serve(settings, lambda bound: announce(settings, bound)))


@app.command()
def health(server: Server = None, as_json: AsJson = False) -> None:
    """Print whether the service is ready to recognise. Exit code 1 if it is not."""
    with Client(server_address(server)) as client:
        serving = client.serving()
    if as_json:
        print(json.dumps({"serving": serving}))
    else:
        out.print("serving" if serving else "not serving: Triton or Milvus is unavailable, see the log of the service")
    if not serving:
        raise typer.Exit(1)


def main() -> None:
    """Run the command. An expected error becomes one sentence on stderr and exit code 1."""
    try:
        app()
    except (TillsightError, grpc.RpcError, OSError, ValidationError) as error:
        err.print(explain(error), style="red", highlight=False, markup=False, soft_wrap=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
