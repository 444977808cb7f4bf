"""The catalogue on real servers: what is removed, edited in Milvus or of another store, in the next answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
from pymilvus import MilvusClient

from support.client_checks import soon, status_of
from support.packs import WHOLE, pack, reference
from support.pictures import encode
from tillsight.client.client import Client

HOSTILE = [
    'a"b',
    "a'b",
    "back\\slash",
    "\\",
    '\\"',
    '" or store != "',
    '"] or store not in ["',
    "' or active == true or store == '",
    "%_{}$[]()",
    "naïve 茶 🍵",
]


@dataclass(frozen=True)
class Shop:
    """A client of the service, and a client of its Milvus in the role of a console."""

    client: Client
    console: MilvusClient

    @property
    def collection(self) -> str:
        return str(self.client.describe().gallery)

    def recognized(self, seed: int, store: str = "") -> list[tuple[str, str, str]]:
        """Product id, name and store of every candidate for a pack."""
        answer = self.client.recognize(encode(pack(seed)), store=store, regions=[WHOLE])
        return [(one.product_id, one.name, one.store) for one in answer.objects[0].candidates]

    def listed(self, store: str = "") -> dict[str, tuple[str, bool]]:
        return {one.product_id: (one.name, one.active) for one in self.client.products(store)}

    def rows(self, product_id: str) -> list[dict[str, Any]]:
        """All fields of a product's rows, read from Milvus."""
        condition = f'product_id == "{product_id}"'
        return [
            dict(row) for row in self.console.query(self.collection, filter=condition, output_fields=["*", "vector"])
        ]


@pytest.fixture(scope="module")
def shop(client: Client, milvus_uri: str) -> Iterator[Shop]:
    console = MilvusClient(milvus_uri)
    yield Shop(client, console)
    console.close()


def test_a_removed_product_is_in_no_answer_after_the_acknowledgement(shop: Shop) -> None:
    for seed in range(100, 110):
        product = f"gone-{seed}"
        assert shop.client.enrol([reference(seed, product)]).enrolled == 1
        assert shop.recognized(seed)[0][0] == product
        removal = shop.client.remove([product])
        assert (removal.products, removal.rows, list(removal.missing)) == (1, 8, [])
        assert product not in [one for one, _, _ in shop.recognized(seed)]
        assert product not in shop.listed()
        assert status_of(lambda product=product: shop.client.product(product)) is grpc.StatusCode.NOT_FOUND
        assert list(shop.client.remove([product]).missing) == [product]


def test_a_removed_product_can_be_enrolled_again(shop: Shop) -> None:
    for _ in range(3):
        assert shop.client.enrol([reference(120, "again")]).enrolled == 1
        assert shop.recognized(120)[0][0] == "again"
        assert shop.client.remove(["again"]).rows == 8
        assert "again" not in [one for one, _, _ in shop.recognized(120)]


def test_many_products_are_removed_in_one_call(shop: Shop) -> None:
    products = [f"many-{seed}" for seed in range(200, 212)]
    shop.client.enrol([reference(seed, f"many-{seed}") for seed in range(200, 212)])
    removal = shop.client.remove([*products, "never"])
    assert (removal.products, removal.rows, list(removal.missing)) == (12, 96, ["never"])
    assert not set(products) & set(shop.listed())
    assert not set(products) & {one for one, _, _ in shop.recognized(210)}


def test_changed_attributes_are_in_the_next_answers_and_nothing_else_changes(shop: Shop) -> None:
    shop.client.enrol([reference(130, "attributed", attributes={"vat": 7})])
    before = {row["reference_id"]: row for row in shop.rows("attributed")}
    answer = shop.client.enrol([reference(130, "attributed", attributes={"vat": 19})])
    assert (answer.enrolled, answer.updated, answer.unchanged) == (0, 1, 0)
    product = shop.client.product("attributed")
    assert product.product.attributes["vat"] == 19
    assert [(one.rotations, dict(one.attributes)) for one in product.references] == [(8, {"vat": 19})]
    (near,) = shop.client.nearest(encode(pack(130)), region=WHOLE, max_products=1).products
    assert (near.product_id, dict(near.attributes)) == ("attributed", {"vat": 19})
    assert soon(lambda: all(row["attributes"] == {"vat": 19} for row in shop.rows("attributed")))
    for row in shop.rows("attributed"):
        assert {**row, "attributes": {"vat": 7}} == before[row["reference_id"]]


def test_fields_that_were_added_in_a_console_are_kept_when_attributes_change(shop: Shop) -> None:
    shop.client.enrol([reference(131, "shelved", attributes={"vat": 7})])
    assert soon(lambda: len(shop.rows("shelved")) == 8)
    shop.console.upsert(shop.collection, [{**row, "shelf": "A7"} for row in shop.rows("shelved")])
    assert soon(lambda: all(row.get("shelf") == "A7" for row in shop.rows("shelved")))
    shop.client.enrol([reference(131, "shelved", attributes={"vat": 19})])
    assert soon(lambda: all(row["attributes"] == {"vat": 19} for row in shop.rows("shelved")))
    assert [row["shelf"] for row in shop.rows("shelved")] == ["A7"] * 8


def test_a_name_edited_in_the_console_is_in_the_next_answers(shop: Shop) -> None:
    shop.client.enrol([reference(140, "renamed")])
    assert soon(lambda: len(shop.rows("renamed")) == 8)
    shop.console.upsert(shop.collection, [{**row, "name": "Edited"} for row in shop.rows("renamed")])
    assert soon(lambda: shop.recognized(140)[0] == ("renamed", "Edited", ""))
    assert soon(lambda: shop.listed()["renamed"] == ("Edited", True))
    assert soon(lambda: shop.client.product("renamed").product.name == "Edited")


def test_a_product_deactivated_in_the_console_is_not_recognised_but_still_listed(shop: Shop) -> None:
    shop.client.enrol([reference(141, "paused")])
    assert soon(lambda: len(shop.rows("paused")) == 8)
    paused = [{**row, "active": False} for row in shop.rows("paused")]
    shop.console.upsert(shop.collection, paused)
    assert soon(lambda: "paused" not in [one for one, _, _ in shop.recognized(141)])
    assert soon(lambda: not shop.listed()["paused"][1])
    assert soon(lambda: not shop.client.product("paused").product.active)
    shop.console.upsert(shop.collection, [{**row, "active": True} for row in paused])
    assert soon(lambda: shop.recognized(141)[0][0] == "paused")


def test_rows_deleted_in_the_console_are_in_no_answer(shop: Shop) -> None:
    shop.client.enrol([reference(142, "deleted"), reference(143, "deleted-not")])
    assert soon(lambda: len(shop.rows("deleted")) == 8)
    shop.console.delete(shop.collection, ids=[row["reference_id"] for row in shop.rows("deleted")])
    assert soon(lambda: "deleted" not in [one for one, _, _ in shop.recognized(142)])
    assert soon(lambda: "deleted" not in shop.listed())
    assert soon(lambda: status_of(lambda: shop.client.product("deleted")) is grpc.StatusCode.NOT_FOUND)
    assert shop.client.product("deleted-not").references[0].rotations == 8


@pytest.mark.parametrize("store", HOSTILE)
def test_no_answer_contains_another_stores_product_for_any_store_name(shop: Shop, store: str) -> None:
    seed, own = 300 + HOSTILE.index(store), f"own-{HOSTILE.index(store)}"
    assert shop.client.enrol([reference(seed, own, store), reference(seed, "private", "elsewhere")]).enrolled >= 1
    assert shop.recognized(seed, store)[0] == (own, f"Pack {seed}", store)
    shown = {one for _, _, one in shop.recognized(seed, store)} | {one.store for one in shop.client.products(store)}
    assert shown <= {"", store}
    near = shop.client.nearest(encode(pack(seed)), store=store, region=WHOLE, max_products=50)
    assert {one.store for one in near.products} <= {"", store}
    assert shop.client.product(own, store).product.store == store
    assert status_of(lambda: shop.client.product("private", store)) is grpc.StatusCode.NOT_FOUND
    for other in ("", "elsewhere"):
        assert own not in [one for one, _, _ in shop.recognized(seed, other)]
        assert status_of(lambda other=other: shop.client.product(own, other)) is grpc.StatusCode.NOT_FOUND
    assert list(shop.client.remove(["private", own], store).missing) == ["private"]
    assert shop.client.product("private", "elsewhere").product.product_id == "private"


@pytest.mark.parametrize("store", ["a\nb", "a\rb", "\x00"])
def test_a_store_with_control_characters_is_refused(shop: Shop, store: str) -> None:
    answer = shop.client.enrol([reference(320, "p", store)])
    assert answer.enrolled == 0 and "control characters" in answer.refused[0].reason
    assert {one for _, _, one in shop.recognized(320, store)} <= {""}
