"""`tillsight catalogue`, all on a running service: here list and stats, the rest in `cli_…` modules."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from tillsight.cli import galleries, importing, products, transfer
from tillsight.cli.options import AsJson, Server, out, server_address
from tillsight.cli.presentation import gallery_json, product_json
from tillsight.client.client import Client

app = typer.Typer(no_args_is_help=True, help="Look at and edit the catalogue of a running service.")
app.add_typer(galleries.app)
app.add_typer(importing.app)
app.add_typer(products.app)
app.add_typer(transfer.app)


@app.command("list")
def list_(
    server: Server = None,
    store: Annotated[str, typer.Option(help="List this store's own products too.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the products, by id."""
    with Client(server_address(server)) as client:
        products = list(client.products(store))
    if as_json:
        print(json.dumps({"products": [product_json(product) for product in products]}, ensure_ascii=False))
        return
    table = Table("product", "name", "store", "references", "active")
    for product in products:
        active = "yes" if product.active else "no"
        texts = [escape(text) for text in (product.product_id, product.name, product.store)]
        table.add_row(*texts, str(product.references), active)
    out.print(table)


@app.command("stats")
def stats(server: Server = None, as_json: AsJson = False) -> None:
    """Counts and versions of the live gallery."""
    with Client(server_address(server)) as client:
        gallery = gallery_json(client.describe())
    if as_json:
        print(json.dumps(gallery))
        return
    table = Table(show_header=False)
    for name, value in gallery.items():
        table.add_row(name.replace("_", " "), str(value))
    out.print(table)
