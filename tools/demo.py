"""`make demo`: recognise a counter photo on this machine, without any preparation.

Renders a small shop, starts the real Triton and Milvus Lite, enrols the shop's products over gRPC, recognises a counter
photo over gRPC, prints the answer as a table and draws it to out/demo.jpg. Then stops everything.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from demonstration.recognition import check_photo, recognise_on_local_stack
from demonstration.shop import render_counter, render_shop
from tillsight.cli.messages import explain
from tillsight.config import Settings, configure_logging
from tillsight.domain.errors import TillsightError

out, err = Console(), Console(stderr=True)


def main(
    photo: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="Your own counter photo.")] = None,
    picture: Annotated[Path, typer.Option(help="The file for the drawn answer.")] = Path("out/demo.jpg"),
    data_dir: Annotated[Path, typer.Option(help="The demo's gallery, photos and logs.")] = Path("var/demo"),
) -> None:
    """Recognise a counter photo without any preparation."""
    started = time.monotonic()
    settings = Settings(port=0, data_dir=data_dir, log_level="warning")
    configure_logging(settings.log_level)
    try:
        if photo:
            check_photo(photo)
        shop = render_shop(data_dir / "shop", err)
        counter = photo or render_counter(data_dir / "shop" / "counter.jpg")
        recognise_on_local_stack(settings, shop, counter, picture, out, err)
    except (TillsightError, OSError) as error:
        err.print(explain(error), style="red", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    out.print(f"The answer is drawn in {picture} ({time.monotonic() - started:.0f} s in all)")


if __name__ == "__main__":
    typer.run(main)
