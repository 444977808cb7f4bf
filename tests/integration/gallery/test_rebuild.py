"""Rebuild, swap, roll back and drop on real servers, while photos are recognised and the catalogue is edited."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pymilvus import MilvusClient

from benchmarks.servers import ServiceProcess
from embedding.negated_embedder import write_negated_embedder
from support.client_checks import soon, status_of
from support.packs import WHOLE, pack, reference
from support.paths import ROOT
from support.pictures import encode
from tillsight import service
from tillsight.client.client import Client
from tillsight.config import Settings
from tillsight.local.triton import LocalTriton
from tillsight.v1.catalogue_pb2 import GalleryState, RebuildRequest, RebuildResponse, Rollback
from tillsight.v1.recognition_pb2 import RecognizeResponse

LIVE, KEPT, BUILDING = (
    GalleryState.GALLERY_STATE_LIVE,
    GalleryState.GALLERY_STATE_KEPT,
    GalleryState.GALLERY_STATE_BUILDING,
)
PRODUCTS = 8
ROTATIONS = 2
STORE = '" or store != "'


@pytest.fixture(scope="module")
def two_embedders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Triton with the project's models and `negated`."""
    models = tmp_path_factory.mktemp("models")
    for model in (ROOT / "model_repository").iterdir():
        (models / model.name).symlink_to(model)
    write_negated_embedder(ROOT / "model_repository" / "vgg", models / "negated")
    with LocalTriton(models, tmp_path_factory.mktemp("triton")) as server:
        yield server.address


class Shoppers:
    """Threads that recognise packs all the time and keep the answers."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._stopping = threading.Event()
        self.answers: list[tuple[int, RecognizeResponse]] = []
        self.failures: list[Exception] = []
        self._threads = [threading.Thread(target=self._shop, args=(first,)) for first in range(2)]

    def _shop(self, first: int) -> None:
        seed = first
        while not self._stopping.is_set():
            seed = (seed + 2) % PRODUCTS
            try:
                self.answers.append((seed, self._client.recognize(encode(pack(seed)), regions=[WHOLE])))
            except Exception as error:
                self.failures.append(error)

    def __enter__(self) -> Shoppers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(60)


def by_product(console: MilvusClient, collection: str) -> dict[str, set[tuple[str, bool, str]]]:
    """Name, active and `shelf`, a field that the console added, of each product's rows."""
    rows = console.query(collection, filter='product_id != ""', output_fields=["*"], consistency_level="Strong")
    found: dict[str, set[tuple[str, bool, str]]] = {}
    for row in rows:
        found.setdefault(row["product_id"], set()).add((row["name"], bool(row["active"]), row.get("shelf", "")))
    return found


def edit(console: MilvusClient, collection: str, product_id: str, **fields: object) -> None:
    """Change a product's rows as Milvus's console does."""
    condition = f'product_id == "{product_id}"'
    rows = console.query(collection, filter=condition, output_fields=["*", "vector"], consistency_level="Strong")
    console.upsert(collection, [{**row, **fields} for row in rows])


def states(client: Client) -> dict[str, int]:
    return {one.gallery: one.state for one in client.versions()}


def settings(triton: str, uri: str, folder: Path, gallery: str) -> Settings:
    return Settings(
        port=0,
        triton=triton,
        milvus=uri,
        gallery=gallery,
        data_dir=folder,
        rotations=ROTATIONS,
        default_deadline_s=3,  # `drop` waits this long for running calls
        rebuild_share=1,
    )


@contextmanager
def replicas(of: Settings) -> Iterator[tuple[Client, Client]]:
    """A client of each of two services on the same gallery and kept photos."""
    with (
        service.in_background(of) as address,
        service.in_background(of) as elsewhere,
        Client(address) as client,
        Client(elsewhere) as replica,
    ):
        yield client, replica


@contextmanager
def console_of(uri: str) -> Iterator[MilvusClient]:
    console = MilvusClient(uri)
    try:
        yield console
    finally:
        console.close()


def test_a_rebuild_under_load_loses_no_write_and_no_call_fails_or_mixes_two_versions(
    two_embedders: str, milvus_uri: str, tmp_path: Path
) -> None:
    with (
        replicas(settings(two_embedders, milvus_uri, tmp_path / "kept", "swapped")) as (client, replica),
        console_of(milvus_uri) as console,
    ):
        client.enrol([reference(seed, f"p-{seed}") for seed in range(PRODUCTS)])
        client.enrol([reference(500, "removed"), reference(501, "edited"), reference(502, "deleted")])
        client.enrol([reference(505, "private", STORE)])
        first = client.describe().gallery
        assert soon(lambda: "edited" in by_product(console, first))
        with Shoppers(client) as shoppers, Shoppers(replica) as others:
            steps: list[RebuildResponse] = []
            for step in client.rebuild(RebuildRequest(embedder="negated"), timeout_s=120):
                steps.append(step)
                if len(steps) == 1:  # some photos are embedded: this pass does not see what is written now
                    client.enrol([reference(503, "enrolled")])
                    replica.remove(["removed"])
                    edit(console, first, "edited", name="Edited", active=False, shelf="A7")
                    console.delete(first, filter='product_id == "deleted"')
            second = steps[-1].gallery
            assert soon(lambda: replica.recognize(encode(pack(0)), regions=[WHOLE]).versions.gallery == second)
        assert (shoppers.failures, others.failures) == ([], [])
        for seed, answer in shoppers.answers + others.answers:
            best = answer.objects[0].candidates[0]
            assert best.product_id == f"p-{seed}" and best.score > 0.9
            assert answer.versions.gallery.split("_")[1] == answer.versions.embedder.split(":")[2]
        assert {answer.versions.gallery for _, answer in shoppers.answers} == {first, second}
        assert steps[-1].replaces == first and steps[-1].missing_count == 0
        assert steps[-1].found == steps[-1].tried > 0

        packs = {f"p-{seed}": {(f"Pack {seed}", True, "")} for seed in range(PRODUCTS)}
        expected = {
            **packs,
            "private": {("Pack 505", True, "")},
            "enrolled": {("Pack 503", True, "")},
            "edited": {("Edited", False, "A7")},
        }
        assert by_product(console, second) == expected
        assert states(client) == {first: KEPT, second: LIVE}
        assert client.nearest(encode(pack(505)), STORE, WHOLE).products[0].product_id == "private"
        assert "private" not in [one.product_id for one in client.nearest(encode(pack(505)), "", WHOLE).products]

        # Writes go to the new version, and a rollback copies them.
        client.enrol([reference(504, "later")])
        replica.remove(["enrolled"])
        edit(console, second, "edited", name="Edited again")
        last = list(client.rebuild(RebuildRequest(rollback=Rollback()), timeout_s=120))[-1]
        assert (last.gallery, last.replaces) == (first, second)
        del expected["enrolled"]
        expected |= {"later": {("Pack 504", True, "")}, "edited": {("Edited again", False, "A7")}}
        assert by_product(console, first) == expected
        assert client.nearest(encode(pack(504)), region=WHOLE).products[0].product_id == "later"

        client.drop(second)
        assert states(client) == {first: LIVE} and not console.has_collection(second)
        assert status_of(lambda: client.drop(first)).name == "FAILED_PRECONDITION"


def test_a_killed_rebuild_leaves_the_live_gallery_unchanged_and_is_continued_by_the_next(
    two_embedders: str, milvus_uri: str, tmp_path: Path
) -> None:
    service = ServiceProcess(two_embedders, milvus_uri, tmp_path, gallery="killed")
    service.environment |= {"TILLSIGHT_ROTATIONS": str(ROTATIONS), "TILLSIGHT_REBUILD_SHARE": "0.5"}
    with service, Client(service.address) as client:
        client.enrol([reference(seed, f"p-{seed}") for seed in range(PRODUCTS)])
        before = client.describe()
        with pytest.raises(Exception, match="UNAVAILABLE"):
            for step in client.rebuild(RebuildRequest(embedder="negated"), timeout_s=120):
                if step.done == 3:
                    service.kill()
        service.start()
        with Client(service.address) as again:
            assert again.describe() == before
            (building,) = [name for name, state in states(again).items() if state == BUILDING]
            assert again.recognize(encode(pack(1)), regions=[WHOLE]).objects[0].candidates[0].product_id == "p-1"
            last = list(again.rebuild(RebuildRequest(embedder="negated"), timeout_s=120))[-1]
            assert (last.gallery, last.replaces) == (building, before.gallery)
            assert states(again) == {building: LIVE, before.gallery: KEPT}
            found = again.recognize(encode(pack(1)), regions=[WHOLE])
            assert found.objects[0].candidates[0].product_id == "p-1"
            assert found.versions.gallery == building


def test_a_write_by_one_replica_right_after_another_swapped_is_in_the_new_gallery(
    two_embedders: str, milvus_uri: str, tmp_path: Path
) -> None:
    with (
        replicas(settings(two_embedders, milvus_uri, tmp_path / "kept", "replicas")) as (client, replica),
        console_of(milvus_uri) as console,
    ):
        client.enrol([reference(0, "p-0"), reference(1, "p-1")])
        writes: list[str] = []
        done = threading.Event()

        def write() -> None:
            number = 0
            while not done.is_set():
                product = f"w-{number}"
                replica.enrol([reference(600 + number, product)])
                writes.append(product)
                if number % 3 == 2:
                    replica.remove([product])
                    writes.remove(product)
                number += 1

        writer = threading.Thread(target=write)
        writer.start()
        last = list(client.rebuild(RebuildRequest(embedder="negated"), timeout_s=120))[-1]
        done.set()
        writer.join(60)
        products = by_product(console, last.gallery)
        assert set(products) == {"p-0", "p-1", *writes} and len(writes) > 1
