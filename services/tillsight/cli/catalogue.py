"""`tillsight catalogue`: the commands on the catalogue of a running service."""

from __future__ import annotations

import typer

from tillsight.cli.gallery_files import app as gallery_files_app
from tillsight.cli.gallery_versions import app as gallery_versions_app
from tillsight.cli.importing import app as importing_app
from tillsight.cli.products import app as products_app

app = typer.Typer(no_args_is_help=True, help="Show and edit the catalogue of a running service.")
# Without a name each becomes a set of commands directly below `catalogue`.
app.add_typer(importing_app)
app.add_typer(products_app)
app.add_typer(gallery_files_app)
app.add_typer(gallery_versions_app)
