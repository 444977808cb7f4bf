"""References to check and what would become of them, as messages."""

from __future__ import annotations

from tillsight.domain import Foreseen, Outcome, Reference
from tillsight.rpc.converters import attributes_from
from tillsight.v1 import catalogue_pb2

OUTCOMES = {
    Outcome.ENROLLED: catalogue_pb2.OUTCOME_ENROLLED,
    Outcome.UNCHANGED: catalogue_pb2.OUTCOME_UNCHANGED,
    Outcome.UPDATED: catalogue_pb2.OUTCOME_UPDATED,
    Outcome.REFUSED: catalogue_pb2.OUTCOME_REFUSED,
}


def reference_from(message: catalogue_pb2.ReferenceToCheck) -> tuple[str, Reference]:
    """A photo id and what is said of it. Raises InvalidInput for attributes that JSON cannot hold."""
    attributes = attributes_from(message.product_id, message.attributes)
    return message.photo_id, Reference(message.product_id, message.name, b"", message.store, attributes)


def foreseen_to(foreseen: list[Foreseen]) -> catalogue_pb2.CheckReferencesResponse:
    """What would become of references."""
    checked = [catalogue_pb2.CheckedReference(outcome=OUTCOMES[one.outcome], reason=one.reason) for one in foreseen]
    return catalogue_pb2.CheckReferencesResponse(references=checked)
