"""`tillsight catalogue list`, `show`, `add` and `remove`: products by photo and by id."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Annotated, Any

import typer
from google.protobuf import json_format
from rich.markup import escape
from rich.table import Table

from tillsight.cli.options import AsJson, OwnStore, Server, err, out, server_address
from tillsight.cli.presentation import details_json, product_json
from tillsight.client.client import Client
from tillsight.v1 import catalogue_pb2, recognition_pb2

app = typer.Typer()


@app.command("list")
def list_(
    server: Server = None,
    store: Annotated[str, typer.Option(help="List this store's own products too.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the products by id."""
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


@app.command()
def show(
    product_id: Annotated[str, typer.Argument(metavar="ID", help="A product's id.")],
    store: OwnStore = "",
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Show a product and its references."""
    with Client(server_address(server)) as client:
        details = details_json(client.product(product_id, store))
    if as_json:
        print(json.dumps(details, ensure_ascii=False))
        return
    product = details["product"]
    heading = " ".join(filter(None, (product["product_id"], product["name"], product["store"] and f"({store})")))
    table = Table("photo id", "rotations", "active", "attributes", title=escape(heading), title_justify="left")
    for one in details["references"]:
        attributes = escape(json.dumps(one["attributes"], ensure_ascii=False))
        table.add_row(escape(one["photo_id"]), str(one["rotations"]), "yes" if one["active"] else "no", attributes)
    out.print(table)


@app.command()
def add(
    product_id: Annotated[str, typer.Option("--id", help="The product's id.")],
    photos: Annotated[list[Path] | None, typer.Argument(help="JPEG, PNG or WebP files of the product alone.")] = None,
    from_photo: Annotated[Path | None, typer.Option(help="A photo of several objects; --box selects one.")] = None,
    box: Annotated[str | None, typer.Option(help="X,Y,WIDTH,HEIGHT in pixels of the upright --from-photo.")] = None,
    name: Annotated[str | None, typer.Option(help="The product's name (default: as already enrolled).")] = None,
    store: OwnStore = "",
    attributes: Annotated[str, typer.Option(help="A JSON object.")] = "{}",
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Enrol photos of one product: photos of the product alone, or one object of a counter photo by its box.

    Pass a box that `tillsight recognize` printed to enrol an UNKNOWN object, or to correct an object that was
    recognised as another product.
    """
    if (from_photo is None) != (box is None):
        raise typer.BadParameter("--from-photo and --box go together: give both or neither")
    regions: list[tuple[Path, recognition_pb2.Box | None]] = [(path, None) for path in photos or ()]
    if from_photo is not None and box is not None:
        regions.append((from_photo, box_of(box)))
    if not regions:
        raise typer.BadParameter("there is no photo: name a PHOTO, or give --from-photo with --box")
    parsed_attributes = attributes_of(attributes)
    with Client(server_address(server)) as client:
        if name is None:
            name = client.product(product_id, store).product.name
        requests = []
        for path, region in regions:
            request = catalogue_pb2.EnrolProductsRequest(
                product_id=product_id, name=name, photo=path.read_bytes(), store=store, region=region
            )
            json_format.ParseDict(parsed_attributes, request.attributes)
            requests.append(request)
        answer = client.enrol(requests)
    summary = {
        "product_id": product_id,
        "name": name,
        "store": store,
        "enrolled": answer.enrolled,
        "updated": answer.updated,
        "unchanged": answer.unchanged,
        "refused": [{"photo": str(regions[one.index][0]), "reason": one.reason} for one in answer.refused],
    }
    if as_json:
        print(json.dumps(summary, ensure_ascii=False))
    else:
        counts = f"{answer.enrolled} enrolled, {answer.updated} updated, {answer.unchanged} unchanged"
        out.print(f"{product_id} {name}: {counts}, {len(answer.refused)} refused", markup=False, highlight=False)
    for one in answer.refused:
        err.print(f"  {regions[one.index][0]}: {one.reason}", style="red", markup=False, soft_wrap=True)
    if answer.refused:
        raise typer.Exit(1)


@app.command()
def remove(
    product_ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of products.")],
    store: OwnStore = "",
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Remove products with all their references and kept photos. Exit code 1 if a product does not exist."""
    with Client(server_address(server)) as client:
        answer = client.remove(product_ids, store)
    if as_json:
        summary = {"products": answer.products, "rows": answer.rows, "missing": list(answer.missing)}
        print(json.dumps(summary, ensure_ascii=False))
    else:
        out.print(f"{answer.products} products removed, {answer.rows} rows")
    for missing in answer.missing:
        err.print(f"  {missing!r} does not exist", style="red", markup=False, soft_wrap=True)
    if answer.missing:
        raise typer.Exit(1)


def attributes_of(text: str) -> dict[str, Any]:
    """The value of `--attributes`. Raises BadParameter if it is not a JSON object."""
    try:
        attributes = json.loads(text)
        json.dumps(attributes, allow_nan=False)  # Python reads NaN and 1e999, which are not JSON numbers
    except (ValueError, RecursionError) as error:
        raise typer.BadParameter(f"--attributes {text[:80]!r} is not valid JSON: {error}") from error
    if not isinstance(attributes, dict):
        raise typer.BadParameter(f"--attributes {text[:80]!r} is not a JSON object")
    return attributes


def box_of(text: str) -> recognition_pb2.Box:
    """The value of `--box`. Raises BadParameter if it is not four finite numbers."""
    try:
        x, y, width, height = (float(part) for part in text.split(","))
    except ValueError as error:
        raise typer.BadParameter(f"--box {text!r} is not X,Y,WIDTH,HEIGHT: give four numbers in pixels") from error
    if not all(map(math.isfinite, (x, y, width, height))):
        raise typer.BadParameter(f"--box {text!r} has a number that is not finite: give four numbers in pixels")
    return recognition_pb2.Box(x=x, y=y, width=width, height=height)
