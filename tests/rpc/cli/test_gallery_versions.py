"""`tillsight catalogue rebuild`, `rollback`, `versions` and `drop` against a running service."""

from __future__ import annotations

from support.rebuild_calls import FIRST, SECOND, enrol
from support.server import RunningServer
from support.shell import Shell


async def test_galleries_are_rebuilt_listed_rolled_back_and_dropped(shop: RunningServer, shell: Shell) -> None:
    await enrol(shop, "tea")
    server = ("--server", shell.server)
    outcome = await shell("catalogue", "rebuild", "--embedder", "lite", "--rotations", 2, "--json", *server)
    assert outcome.code == 0
    assert outcome.data == {
        "gallery": SECOND,
        "replaces": FIRST,
        "embedded": 1,
        "relabelled": 0,
        "removed": 0,
        "tried": 1,
        "found": 1,
        "missing_count": 0,
        "missing": [],
    }
    listed = (await shell("catalogue", "versions", "--json", *server)).data["galleries"]
    assert [(one["gallery"], one["state"], one["rows"]) for one in listed] == [(SECOND, "live", 2), (FIRST, "kept", 4)]
    back = await shell("catalogue", "rollback", *server)
    assert back.code == 0 and f"{FIRST} is live in place of {SECOND}: 0 photos embedded" in back.out
    table = await shell("catalogue", "versions", *server)
    assert SECOND in table.out and "kept" in table.out and "vgg" in table.out
    refused = await shell("catalogue", "drop", FIRST, *server)
    assert refused.code == 1 and "is the live gallery" in refused.err
    assert (await shell("catalogue", "drop", SECOND, "--json", *server)).data == {"dropped": SECOND}
    assert (await shell("catalogue", "versions", "--json", *server)).data["galleries"][0]["gallery"] == FIRST


async def test_rebuild_reports_missing_photos(shop: RunningServer, shell: Shell) -> None:
    await enrol(shop, "tea", "milk")
    shop.fakes.photos.kept.popitem()
    server = ("--server", shell.server)
    refused = await shell("catalogue", "rebuild", "--embedder", "lite", *server)
    assert refused.code == 1 and "1 photos cannot be embedded again" in refused.err
    allowed = await shell("catalogue", "rebuild", "--embedder", "lite", "--allow-missing", *server)
    assert allowed.code == 0 and "1 photos missing" in allowed.out and "not kept" in allowed.err
