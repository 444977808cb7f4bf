"""The servers, folders and progress bar around one benchmark command."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console

from benchmarks import servers
from benchmarks.servers import KINDS
from runtime.model_folder import MODEL_REPOSITORY
from tillsight.cli.options import counting_progress

Step = Callable[[], None]
NewFolder = Callable[[str], Path]


def selected_kinds(milvus: str) -> list[str]:
    """The kinds of Milvus that the option `--milvus` selects: lite, standalone or both."""
    return list(KINDS) if milvus == "both" else [kind for kind in KINDS if ("Lite" in kind) == (milvus == "lite")]


@contextlib.contextmanager
def running_triton(
    steps: int, console: Console, models: Callable[[Path], Path] | None = None
) -> Iterator[tuple[NewFolder, str, Step]]:
    """A function that makes new folders, the address of a Triton, and a function that advances the progress bar.

    `models` makes a model repository in a folder; without it Triton serves the project's own models. Ctrl-C ends the
    block early, and the command then shows the figures so far.
    """
    with (
        tempfile.TemporaryDirectory(prefix="tillsight-") as scratch,
        servers.triton(Path(scratch), models(Path(scratch)) if models else MODEL_REPOSITORY) as triton,
        counting_progress() as progress,
    ):
        task = progress.add_task("Measuring", total=steps)

        def new_folder(name: str) -> Path:
            made = Path(scratch) / name.replace(" ", "-")
            made.mkdir()
            return made

        try:
            yield new_folder, triton, lambda: progress.advance(task)
        except KeyboardInterrupt:
            console.print("Interrupted: these are the figures so far")
