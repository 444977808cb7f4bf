"""Messages to values and values to messages; nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields

from google.protobuf import json_format, struct_pb2

from tillsight import domain
from tillsight.errors import InvalidInput
from tillsight.reference import photo_of
from tillsight.v1 import catalogue_pb2, recognition_pb2
from tillsight.verdict import Calibration

VERDICTS = {
    domain.Verdict.KNOWN: recognition_pb2.VERDICT_KNOWN,
    domain.Verdict.AMBIGUOUS: recognition_pb2.VERDICT_AMBIGUOUS,
    domain.Verdict.UNKNOWN: recognition_pb2.VERDICT_UNKNOWN,
}


def box_from(message: recognition_pb2.Box) -> domain.Box:
    """A box, in pixels of the upright photo."""
    return domain.Box(message.x, message.y, message.width, message.height)


def _box_to(box: domain.Box) -> recognition_pb2.Box:
    return recognition_pb2.Box(x=box.x, y=box.y, width=box.width, height=box.height)


def recognition_to(
    recognition: domain.Recognition, runs: Sequence[Sequence[int]] = ()
) -> recognition_pb2.RecognizeResponse:
    """The answer to a photo; `runs`, where given, are the objects' masks as run lengths."""
    versions = recognition.versions
    objects = [_object_to(found) for found in recognition.objects]
    for message, counts in zip(objects, runs, strict=bool(runs)):
        message.mask_runs.counts.extend(counts)
    return recognition_pb2.RecognizeResponse(
        width=recognition.width,
        height=recognition.height,
        objects=objects,
        timings_ms=recognition.timings_ms,
        versions=recognition_pb2.Versions(
            segmenter=versions.segmenter, embedder=versions.embedder, gallery=versions.gallery
        ),
    )


def _object_to(found: domain.RecognizedObject) -> recognition_pb2.RecognizedObject:
    instance, judgement = found.instance, found.judgement
    message = recognition_pb2.RecognizedObject(
        box=_box_to(instance.box),
        mask=recognition_pb2.Polygon(xy=[value for point in instance.polygon for value in point]),
        segmentation_score=instance.score,
        verdict=VERDICTS[judgement.verdict],
        probability=judgement.probability,
        candidates=[_candidate_to(match) for match in judgement.candidates],
    )
    if judgement.candidates:
        best = judgement.candidates[0]
        message.score = best.score
        if judgement.verdict is not domain.Verdict.UNKNOWN:
            message.product_id, message.name = best.product_id, best.name
    return message


def _candidate_to(match: domain.Match) -> recognition_pb2.Candidate:
    return recognition_pb2.Candidate(
        product_id=match.product_id,
        name=match.name,
        score=match.score,
        reference_id=match.reference_id,
        photo_id=photo_of(match.reference_id),
        store=match.store,
        attributes=struct_to(match.attributes),
    )


def attributes_from(product_id: str, message: struct_pb2.Struct) -> dict[str, object]:
    """A product's attributes. Raises InvalidInput for what JSON cannot hold."""
    try:
        attributes: dict[str, object] = json_format.MessageToDict(message)
    except ValueError as error:  # NaN or an infinity
        raise InvalidInput(f"the attributes of product {product_id[:80]!r} are no JSON: {error}") from error
    return attributes


def reference_from(message: catalogue_pb2.EnrolProductsRequest) -> domain.Reference:
    """A photo to enrol. Raises InvalidInput for attributes that JSON cannot hold."""
    return domain.Reference(
        product_id=message.product_id,
        name=message.name,
        photo=message.photo,
        store=message.store,
        attributes=attributes_from(message.product_id, message.attributes),
        region=box_from(message.region) if message.HasField("region") else None,
    )


def enrolment_to(enrolment: domain.Enrolment) -> catalogue_pb2.EnrolProductsResponse:
    """What became of the photos to enrol."""
    refused = [
        catalogue_pb2.Refusal(index=one.index, product_id=one.product_id, reason=one.reason)
        for one in enrolment.refused
    ]
    return catalogue_pb2.EnrolProductsResponse(
        enrolled=enrolment.enrolled, unchanged=enrolment.unchanged, refused=refused, updated=enrolment.updated
    )


def removal_to(removal: domain.Removal) -> catalogue_pb2.RemoveProductsResponse:
    """What was removed."""
    return catalogue_pb2.RemoveProductsResponse(products=removal.products, rows=removal.rows, missing=removal.missing)


def details_to(details: domain.ProductDetails) -> catalogue_pb2.GetProductResponse:
    """A product and its references."""
    references = [
        catalogue_pb2.ProductReference(
            photo_id=one.photo_id, rotations=one.rotations, active=one.active, attributes=struct_to(one.attributes)
        )
        for one in details.references
    ]
    return catalogue_pb2.GetProductResponse(product=product_to(details.product), references=references)


def nearest_to(nearest: domain.Nearest) -> catalogue_pb2.SearchByImageResponse:
    """The products nearest to an object."""
    return catalogue_pb2.SearchByImageResponse(
        products=[_candidate_to(match) for match in nearest.matches], box=_box_to(nearest.box)
    )


def product_to(product: domain.Product) -> catalogue_pb2.Product:
    """A product as the gallery lists it."""
    return catalogue_pb2.Product(
        product_id=product.product_id,
        name=product.name,
        store=product.store,
        active=product.active,
        references=product.references,
        attributes=struct_to(product.attributes),
    )


def page_token_to(last: domain.Product) -> str:
    """The token for the page after a product."""
    return _page_token(last.product_id, last.store)


def _page_token(product_id: str, store: str) -> str:
    return json.dumps([product_id, store], ensure_ascii=False)


def page_token_from(token: str) -> domain.ProductKey:
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


def calibration_to(calibration: Calibration) -> catalogue_pb2.Calibration:
    """How similarities are judged."""
    return catalogue_pb2.Calibration(**asdict(calibration))


def calibration_from(message: catalogue_pb2.Calibration) -> Calibration:
    """How similarities are judged. Raises InvalidInput for numbers that are none."""
    return Calibration(**{field.name: getattr(message, field.name) for field in fields(Calibration)})


def description_to(
    description: domain.GalleryDescription, calibration: Calibration
) -> catalogue_pb2.DescribeGalleryResponse:
    """Counts and versions of the gallery, and how similarities in it are judged."""
    return catalogue_pb2.DescribeGalleryResponse(
        gallery=description.gallery,
        embedder_fingerprint=description.embedder_fingerprint,
        products=description.products,
        references=description.references,
        rows=description.rows,
        dimension=description.dimension,
        calibration=calibration_to(calibration),
    )


def struct_to(attributes: Mapping[str, object]) -> struct_pb2.Struct:
    """Attributes as a protobuf Struct."""
    struct = struct_pb2.Struct()
    json_format.ParseDict(dict(attributes), struct)
    return struct
