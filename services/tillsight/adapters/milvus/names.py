"""Names in Milvus: collections, their properties, and the fields that calls ask for."""

from __future__ import annotations

EMBEDDER, ROTATIONS, STATE = "tillsight.embedder", "tillsight.rotations", "tillsight.state"
"""Properties of a collection: its embedder's name on Triton, its rotations, and BUILDING or COMPLETE."""
WRITE_FENCE_UNTIL, REPLACED_AT = "tillsight.write_fence_until", "tillsight.replaced_at"
"""Properties of a collection: two Unix times."""
CALIBRATION = "tillsight.calibration"
"""Property of a collection: its calibration as JSON."""
BUILDING, COMPLETE = "building", "complete"

DISPLAY_FIELDS = ["product_id", "name", "store", "attributes"]
ALL_FIELDS = ["reference_id", *DISPLAY_FIELDS, "active", "degrees", "vector"]
METADATA_FIELDS = ["product_id", "name", "store", "reference_id", "active", "degrees", "$meta"]
"""All but the vector; `$meta` holds the attributes and any dynamic fields that editors added in a console."""


def fingerprint_of(collection: str) -> str:
    """The embedder's fingerprint in a collection's name, <alias>_<fingerprint>_<number>."""
    return collection.rsplit("_", 2)[-2] if collection.count("_") >= 2 else "unknown"


def number_of(collection: str, alias: str) -> int:
    """The number in the name of a gallery version of this alias; 0 for any other collection."""
    parts = collection.split("_")
    return int(parts[2]) if len(parts) == 3 and parts[0] == alias and parts[2].isdigit() else 0
