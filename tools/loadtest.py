"""Load a model on Triton with NVIDIA's perf_analyzer: `python tools/loadtest.py vgg --concurrency-range 1:4`."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from loadtesting.perf_analyzer import default_cache, get_perf_analyzer, run_perf_analyzer
from runtime.model_folder import MODEL_REPOSITORY
from tillsight.domain.errors import StartupError
from tillsight.local.triton import LocalTriton

app = typer.Typer(pretty_exceptions_enable=False)
err = Console(stderr=True)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    epilog="All other options go to perf_analyzer: --concurrency-range, -b, --measurement-interval ...",
)
def main(
    context: typer.Context,
    model: Annotated[str, typer.Argument(help="unet, vgg, or any other model of the server.")],
    server: Annotated[
        str | None, typer.Option(help="Triton's gRPC address, HOST:PORT. Default: start a Triton here.")
    ] = None,
    models: Annotated[Path, typer.Option(help="The models that a Triton started here serves.")] = MODEL_REPOSITORY,
    cache: Annotated[Path | None, typer.Option(help="Folder that keeps perf_analyzer.")] = None,
) -> None:
    """Run perf_analyzer against MODEL over gRPC, with random content, and return its exit code."""
    with contextlib.ExitStack() as stack:
        try:
            with err.status("Getting perf_analyzer"):
                program = get_perf_analyzer(cache or default_cache())
            if server is None:
                data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tillsight-loadtest-")))
                with err.status("Starting Triton"):
                    server = stack.enter_context(LocalTriton(models, data)).address
        except StartupError as error:
            err.print(str(error), style="red", highlight=False, soft_wrap=True)
            raise typer.Exit(1) from error
        exit_code = run_perf_analyzer(program, model, server, context.args)
    raise typer.Exit(exit_code)


if __name__ == "__main__":
    app()
