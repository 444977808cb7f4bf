"""Products, references and enrolment results as messages, and back."""

from __future__ import annotations

import json

from tillsight.domain.errors import InvalidInput
from tillsight.domain.identifiers import ProductKey
from tillsight.domain.products import (
    Enrolment,
    EnrolmentOutcome,
    PreflightResult,
    Product,
    ProductDetails,
    Reference,
    Removal,
)
from tillsight.domain.recognition_results import NearestProducts
from tillsight.rpc.converters import (
    _box_to,
    _candidate_to,
    attributes_from,
    box_from,
    struct_to,
)
from tillsight.v1 import catalogue_pb2


def reference_from(message: catalogue_pb2.EnrolProductsRequest) -> Reference:
    """A photo to enrol. Raises InvalidInput for attributes that JSON cannot hold."""
    return Reference(
        product_id=message.product_id,
        name=message.name,
        photo=message.photo,
        store=message.store,
        attributes=attributes_from(message.product_id, message.attributes),
        region=box_from(message.region) if message.HasField("region") else None,
    )


def enrolment_to(enrolment: Enrolment) -> catalogue_pb2.EnrolProductsResponse:
    """What became of the photos to enrol."""
    refused = [
        catalogue_pb2.Refusal(index=one.index, product_id=one.product_id, reason=one.reason)
        for one in enrolment.refused
    ]
    return catalogue_pb2.EnrolProductsResponse(
        enrolled=enrolment.enrolled, unchanged=enrolment.unchanged, refused=refused, updated=enrolment.updated
    )


def removal_to(removal: Removal) -> catalogue_pb2.RemoveProductsResponse:
    """What was removed."""
    return catalogue_pb2.RemoveProductsResponse(products=removal.products, rows=removal.rows, missing=removal.missing)


def details_to(details: ProductDetails) -> catalogue_pb2.GetProductResponse:
    """A product and its references."""
    references = [
        catalogue_pb2.ProductReference(
            photo_id=one.photo_id, rotations=one.rotations, active=one.active, attributes=struct_to(one.attributes)
        )
        for one in details.references
    ]
    return catalogue_pb2.GetProductResponse(product=product_to(details.product), references=references)


def nearest_to(nearest: NearestProducts) -> catalogue_pb2.SearchByImageResponse:
    """The products nearest to an object."""
    return catalogue_pb2.SearchByImageResponse(
        products=[_candidate_to(match) for match in nearest.matches], box=_box_to(nearest.box)
    )


def product_to(product: Product) -> catalogue_pb2.Product:
    """A product as the gallery lists it."""
    return catalogue_pb2.Product(
        product_id=product.product_id,
        name=product.name,
        store=product.store,
        active=product.active,
        references=product.references,
        attributes=struct_to(product.attributes),
    )


def page_token_to(last: Product) -> str:
    """The token for the page after a product."""
    return _page_token(last.product_id, last.store)


def _page_token(product_id: str, store: str) -> str:
    return json.dumps([product_id, store], ensure_ascii=False)


def page_token_from(token: str) -> ProductKey:
    """The product a page comes after. Raises InvalidInput for a token that no page carried."""
    if not token:
        return ("", "")
    try:
        parts = json.loads(token)
    except (ValueError, RecursionError):
        parts = None
    match parts:
        case [str(product_id), str(store)] if token == _page_token(product_id, store):
            return (product_id, store)
    raise InvalidInput(f"page_token {token[:80]!r} is none of ours: send the `next_page_token` of a page, or none")


OUTCOMES = {
    EnrolmentOutcome.ENROLLED: catalogue_pb2.OUTCOME_ENROLLED,
    EnrolmentOutcome.UNCHANGED: catalogue_pb2.OUTCOME_UNCHANGED,
    EnrolmentOutcome.UPDATED: catalogue_pb2.OUTCOME_UPDATED,
    EnrolmentOutcome.REFUSED: catalogue_pb2.OUTCOME_REFUSED,
}


def preflight_reference_from(message: catalogue_pb2.ReferenceToCheck) -> tuple[str, Reference]:
    """A photo id and what is said of it. Raises InvalidInput for attributes that JSON cannot hold."""
    attributes = attributes_from(message.product_id, message.attributes)
    return message.photo_id, Reference(message.product_id, message.name, b"", message.store, attributes)


def preflight_results_to(expected: list[PreflightResult]) -> catalogue_pb2.CheckReferencesResponse:
    """What would become of references."""
    checked = [catalogue_pb2.CheckedReference(outcome=OUTCOMES[one.outcome], reason=one.reason) for one in expected]
    return catalogue_pb2.CheckReferencesResponse(references=checked)
