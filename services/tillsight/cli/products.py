"""`tillsight catalogue add`, `remove` and `show`: single products, by photo and by id."""

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
from tillsight.cli.presentation import details_json
from tillsight.client.client import Client
from tillsight.v1 import catalogue_pb2, recognition_pb2

app = typer.Typer()


def attributes_of(text: str) -> dict[str, Any]:
    """What `--attributes` says. Raises BadParameter for anything but a JSON object."""
    try:
        attributes = json.loads(text)
        json.dumps(attributes, allow_nan=False)  # Python reads NaN and 1e999, which JSON and protobuf have not
    except (ValueError, RecursionError) as error:
        raise typer.BadParameter(f"--attributes {text[:80]!r} is no JSON: {error}") from error
    if not isinstance(attributes, dict):
        raise typer.BadParameter(f"--attributes {text[:80]!r} is no JSON object")
    return attributes


def box_of(text: str) -> recognition_pb2.Box:
    """What `--box` says. Raises BadParameter for anything but four numbers."""
    try:
        x, y, width, height = (float(part) for part in text.split(","))
    except ValueError as error:
        raise typer.BadParameter(f"--box {text!r} is not X,Y,WIDTH,HEIGHT, four numbers of pixels") from error
    if not all(map(math.isfinite, (x, y, width, height))):
        raise typer.BadParameter(f"--box {text!r} has a number that is not finite")
    return recognition_pb2.Box(x=x, y=y, width=width, height=height)


@app.command()
def add(
    product_id: Annotated[str, typer.Option("--id", help="The product's id.")],
    photos: Annotated[list[Path] | None, typer.Argument(help="Photos of the product alone: JPEG, PNG or WebP.")] = None,
    from_photo: Annotated[Path | None, typer.Option(help="A photo of several things; --box says which.")] = None,
    box: Annotated[str | None, typer.Option(help="X,Y,WIDTH,HEIGHT in pixels of the upright --from-photo.")] = None,
    name: Annotated[str | None, typer.Option(help="The product's name; one that is enrolled has it already.")] = None,
    store: OwnStore = "",
    attributes: Annotated[str, typer.Option(help="A JSON object.")] = "{}",
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Enrol photos of one product: of the product alone, or a box of what a camera saw.

    A box such as `tillsight recognize` printed turns an UNKNOWN into a product; for an object that was taken for
    another product it is the correction.
    """
    if (from_photo is None) != (box is None):
        raise typer.BadParameter("--from-photo and --box go together")
    regions: list[tuple[Path, recognition_pb2.Box | None]] = [(path, None) for path in photos or ()]
    if from_photo is not None and box is not None:
        regions.append((from_photo, box_of(box)))
    if not regions:
        raise typer.BadParameter("name a PHOTO, or --from-photo with --box")
    said = attributes_of(attributes)
    with Client(server_address(server)) as client:
        if name is None:
            name = client.product(product_id, store).product.name
        requests = []
        for path, region in regions:
            request = catalogue_pb2.EnrolProductsRequest(
                product_id=product_id, name=name, photo=path.read_bytes(), store=store, region=region
            )
            json_format.ParseDict(said, request.attributes)
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
    """Remove products with all their references and kept photos; exit code 1 if one was not there."""
    with Client(server_address(server)) as client:
        answer = client.remove(product_ids, store)
    if as_json:
        summary = {"products": answer.products, "rows": answer.rows, "missing": list(answer.missing)}
        print(json.dumps(summary, ensure_ascii=False))
    else:
        out.print(f"{answer.products} products removed, {answer.rows} rows")
    for missing in answer.missing:
        err.print(f"  {missing!r} was not there", style="red", markup=False, soft_wrap=True)
    if answer.missing:
        raise typer.Exit(1)


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
