"""The schema of gallery rows in Milvus, and rows as values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from sys import intern
from typing import Any

import numpy as np
from pymilvus import DataType, MilvusClient

from tillsight.domain.identifiers import ProductKey, photo_id_of_row
from tillsight.domain.limits import MAX_ID_LENGTH, MAX_NAME_LENGTH, MAX_ROW_ID_LENGTH
from tillsight.domain.products import GalleryRow, Product, ProductDetails, ProductReference
from tillsight.domain.recognition_results import Match
from tillsight.gallery.diff import RowMetadata

Row = Mapping[str, Any]

SCHEMA_FIELDS = ("reference_id", "product_id", "name", "store", "active", "degrees", "vector")
"""The fields of the schema; all others are dynamic."""


def create_collection(
    client: MilvusClient, name: str, dimension: int, properties: Mapping[str, str], timeout: float
) -> None:
    """Create an empty collection for vectors with `dimension` values, unless it exists."""
    # No partition key: with one, upsert on Milvus 2.3.5 misplaces rows.
    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=True)
    schema.add_field("reference_id", DataType.VARCHAR, is_primary=True, max_length=MAX_ROW_ID_LENGTH)
    schema.add_field("product_id", DataType.VARCHAR, max_length=MAX_ID_LENGTH)
    schema.add_field("name", DataType.VARCHAR, max_length=MAX_NAME_LENGTH)
    schema.add_field("store", DataType.VARCHAR, max_length=MAX_ID_LENGTH)
    schema.add_field("active", DataType.BOOL)
    schema.add_field("degrees", DataType.INT16)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
    indexes = client.prepare_index_params()
    indexes.add_index("vector", index_type="HNSW", metric_type="COSINE", params={"M": 16, "efConstruction": 200})
    if not client.has_collection(name, timeout=timeout):
        client.create_collection(
            name,
            schema=schema,
            index_params=indexes,
            consistency_level="Session",  # a client sees its own writes; Strong costs 300 ms a search on 2.3.5
            properties=dict(properties),
            timeout=timeout,
        )


def row_attributes(row: Row) -> Mapping[str, Any]:
    """A row's attributes; empty if an editor replaced the object by another value in Milvus's console."""
    attributes = row.get("attributes")
    return attributes if isinstance(attributes, Mapping) else {}


def record(row: GalleryRow) -> dict[str, Any]:
    """A row as a record for Milvus."""
    return {
        "reference_id": row.reference_id,
        "product_id": row.product_id,
        "name": row.name,
        "store": row.store,
        "active": row.active,
        "degrees": row.degrees,
        "attributes": dict(row.attributes),
        "vector": row.vector.tolist(),
    }


def gallery_row(row: Row) -> GalleryRow:
    """A record of Milvus as a row."""
    return GalleryRow(
        row["reference_id"],
        row["product_id"],
        row["name"],
        row["store"],
        int(row["degrees"]),
        row_attributes(row),
        np.asarray(row["vector"], np.float32),
        bool(row["active"]),
    )


def row_metadata(row: Row) -> RowMetadata:
    """All fields of a row besides its vector. Equal texts share one object, which saves memory on large galleries."""
    free = {name: value for name, value in row.items() if name not in SCHEMA_FIELDS}
    return RowMetadata(
        intern(row["product_id"]),
        intern(row["name"]),
        intern(row["store"]),
        bool(row["active"]),
        int(row["degrees"]),
        intern(json.dumps(free, ensure_ascii=False, sort_keys=True)),
    )


def metadata_record(reference_id: str, row: RowMetadata, vector: Sequence[float]) -> dict[str, Any]:
    """Metadata and vector as a record for Milvus."""
    return {
        **json.loads(row.fields),
        "reference_id": reference_id,
        "product_id": row.product_id,
        "name": row.name,
        "store": row.store,
        "active": row.active,
        "degrees": row.degrees,
        "vector": vector,
    }


def product_details(rows: Sequence[Row]) -> ProductDetails:
    """A product and its references from all of its rows, of which there is one at least."""
    photos: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: str(row["reference_id"])):
        photos.setdefault(photo_id_of_row(row["reference_id"]), []).append(row)
    references = [
        ProductReference(photo, len(own), any(row["active"] for row in own), row_attributes(own[0]))
        for photo, own in photos.items()
    ]
    first = next(iter(photos.values()))[0]
    product = Product(
        first["product_id"],
        first["name"],
        first["store"],
        any(reference.active for reference in references),
        len(references),
        references[0].attributes,
    )
    return ProductDetails(product, tuple(references))


def products_from_rows(rows: Iterable[Row]) -> list[Product]:
    """Products from all of their rows, sorted by id and store."""
    products: dict[ProductKey, list[Row]] = {}
    for row in rows:
        products.setdefault((row["product_id"], row["store"]), []).append(row)
    return [product_details(products[key]).product for key in sorted(products)]


def matches(hits: Sequence[Row]) -> list[Match]:
    """Search hits as matches, in the same order."""
    found = []
    for hit in hits:
        row = hit["entity"]
        # The primary key is named `id` in Milvus 2.3 and by its field name in Milvus Lite.
        reference_id = hit.get("reference_id") or hit["id"]
        score = float(hit["distance"])
        found.append(Match(row["product_id"], row["name"], score, reference_id, row["store"], row_attributes(row)))
    return found
