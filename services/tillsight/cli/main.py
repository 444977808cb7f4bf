"""The `tillsight` command."""

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

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="Photos of products in, labels out.")
app.command()(recognize)
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
    """Run the service alone, on a Triton and a Milvus that run elsewhere, until SIGINT or SIGTERM."""
    from tillsight import service

    settings = settings_with(port=port, milvus=milvus, triton=triton)
    configure_logging(settings.log_level)
    asyncio.run(service.serve(settings, lambda bound: announce(settings, bound)))


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


def main() -> None:
    """Run the command; an error of ours is one sentence on stderr and exit code 1."""
    try:
        app()
    except (TillsightError, grpc.RpcError, OSError, ValidationError) as error:
        err.print(explain(error), style="red", highlight=False, markup=False, soft_wrap=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
