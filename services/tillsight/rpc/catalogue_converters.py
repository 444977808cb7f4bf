"""Products, references and the results of catalogue edits as messages of catalogue.proto, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable

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
from tillsight.rpc.converters import attributes_from, attributes_to, box_from, box_to, candidate_to
from tillsight.v1 import catalogue_pb2

OUTCOMES = {
    EnrolmentOutcome.ENROLLED: catalogue_pb2.OUTCOME_ENROLLED,
    EnrolmentOutcome.UNCHANGED: catalogue_pb2.OUTCOME_UNCHANGED,
    EnrolmentOutcome.UPDATED: catalogue_pb2.OUTCOME_UPDATED,
    EnrolmentOutcome.REFUSED: catalogue_pb2.OUTCOME_REFUSED,
}


def reference_from(message: catalogue_pb2.EnrolProductsRequest) -> Reference:
    """A reference photo to enrol. Raises InvalidInput for attributes that JSON cannot represent."""
    return Reference(
        product_id=message.product_id,
        name=message.name,
        photo=message.photo,
        store=message.store,
        attributes=attributes_from(message.product_id, message.attributes),
        region=box_from(message.region) if message.HasField("region") else None,
    )


def enrolment_to(enrolment: Enrolment) -> catalogue_pb2.EnrolProductsResponse:
    """The result of an enrolment call."""
    refused = [
        catalogue_pb2.Refusal(index=one.index, product_id=one.product_id, reason=one.reason)
        for one in enrolment.refused
    ]
    return catalogue_pb2.EnrolProductsResponse(
        enrolled=enrolment.enrolled, unchanged=enrolment.unchanged, refused=refused, updated=enrolment.updated
    )


def preflight_reference_from(message: catalogue_pb2.ReferenceToCheck) -> tuple[str, Reference]:
    """A photo id and its reference without a photo. Raises InvalidInput for attributes that JSON cannot represent."""
    attributes = attributes_from(message.product_id, message.attributes)
    return message.photo_id, Reference(message.product_id, message.name, b"", message.store, attributes)


def preflight_results_to(results: Iterable[PreflightResult]) -> catalogue_pb2.CheckReferencesResponse:
    """What enrolment would do with each reference."""
    checked = [catalogue_pb2.CheckedReference(outcome=OUTCOMES[one.outcome], reason=one.reason) for one in results]
    return catalogue_pb2.CheckReferencesResponse(references=checked)


def removal_to(removal: Removal) -> catalogue_pb2.RemoveProductsResponse:
    """The result of a removal."""
    return catalogue_pb2.RemoveProductsResponse(products=removal.products, rows=removal.rows, missing=removal.missing)


def product_to(product: Product) -> catalogue_pb2.Product:
    """A product as the gallery lists it."""
    return catalogue_pb2.Product(
        product_id=product.product_id,
        name=product.name,
        store=product.store,
        active=product.active,
        references=product.references,
        attributes=attributes_to(product.attributes),
    )


def details_to(details: ProductDetails) -> catalogue_pb2.GetProductResponse:
    """A product and its references."""
    references = [
        catalogue_pb2.ProductReference(
            photo_id=one.photo_id, rotations=one.rotations, active=one.active, attributes=attributes_to(one.attributes)
        )
        for one in details.references
    ]
    return catalogue_pb2.GetProductResponse(product=product_to(details.product), references=references)


def nearest_to(nearest: NearestProducts) -> catalogue_pb2.SearchByImageResponse:
    """The products nearest to an object."""
    return catalogue_pb2.SearchByImageResponse(
        products=[candidate_to(match) for match in nearest.matches], box=box_to(nearest.box)
    )


def page_token_to(last: Product) -> str:
    """The token of the page that follows a product."""
    return _page_token(last.product_id, last.store)


def page_token_from(token: str) -> ProductKey:
    """The product that a page follows. Raises InvalidInput for a token that this service did not issue."""
    if not token:
        return ("", "")
    try:
        parts = json.loads(token)
    except (ValueError, RecursionError):
        parts = None
    match parts:
        # The comparison refuses other spellings of the same JSON, and lone surrogates, which UTF-8 cannot represent.
        case [str(product_id), str(store)] if token == _page_token(product_id, store):
            return (product_id, store)
    raise InvalidInput(f"page_token {token[:80]!r} is invalid: send the `next_page_token` of a page, or leave it empty")


def _page_token(product_id: str, store: str) -> str:
    return json.dumps([product_id, store], ensure_ascii=False)
