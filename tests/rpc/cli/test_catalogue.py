"""`tillsight catalogue list` and `stats` against a running service."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.shell import Shell

pytestmark = pytest.mark.usefixtures("no_settings")


async def test_a_catalogue_is_imported_listed_counted_and_recognised(shell: Shell, manifest: Path, photo: Path) -> None:
    at = ("--server", shell.server, "--json")
    imported = await shell("catalogue", "import", manifest, *at)
    assert imported.code == 0
    counts = {"rows": 3, "enrolled": 3, "updated": 0, "unchanged": 0, "refused": [], "dry_run": False}
    assert {name: imported.data[name] for name in counts} == counts and imported.data["seconds"] > 0
    assert (await shell("catalogue", "import", manifest, *at)).data["unchanged"] == 3

    products = (await shell("catalogue", "list", *at)).data["products"]
    assert [product["product_id"] for product in products] == ["p-blue", "p-green", "p-red"]
    assert set(products[0]) == {"product_id", "name", "store", "active", "references", "attributes"}

    counts = (await shell("catalogue", "stats", *at)).data
    assert (counts["products"], counts["references"], counts["rows"]) == (3, 3, 12)

    (answer,) = (await shell("recognize", photo, *at)).data["photos"]
    assert set(answer) == {"photo", "width", "height", "objects", "timings_ms", "versions"}
    assert (answer["photo"], answer["width"], answer["height"]) == (str(photo), 120, 80)
    assert {found["product_id"] for found in answer["objects"]} == {"p-red", "p-blue"}
    for found in answer["objects"]:
        assert set(found) >= {"box", "product_id", "name", "score", "probability", "verdict", "candidates"}
        assert len(found["box"]) == 4 and found["verdict"] == "known"
        assert found["candidates"][0]["attributes"]["of"] in ("red", "blue")
    assert answer["timings_ms"]["total"] > 0
