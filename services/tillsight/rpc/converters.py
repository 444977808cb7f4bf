"""Messages of recognition.proto and product attributes. `x_to` returns a message, `x_from` returns a domain value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from google.protobuf import json_format, struct_pb2

from tillsight.domain.errors import InvalidInput
from tillsight.domain.geometry import Box
from tillsight.domain.identifiers import photo_id_of_row
from tillsight.domain.recognition_results import Match, Recognition, RecognizedObject, Verdict
from tillsight.v1 import recognition_pb2

VERDICTS = {
    Verdict.KNOWN: recognition_pb2.VERDICT_KNOWN,
    Verdict.AMBIGUOUS: recognition_pb2.VERDICT_AMBIGUOUS,
    Verdict.UNKNOWN: recognition_pb2.VERDICT_UNKNOWN,
}
_VERDICTS_BY_MESSAGE = {message: verdict for verdict, message in VERDICTS.items()}


def verdict_from(message: recognition_pb2.Verdict) -> Verdict:
    """A verdict. Raises KeyError for VERDICT_UNSPECIFIED, which the service never sends."""
    return _VERDICTS_BY_MESSAGE[message]


def box_from(message: recognition_pb2.Box) -> Box:
    """A box in pixels of the upright photo."""
    return Box(message.x, message.y, message.width, message.height)


def box_to(box: Box) -> recognition_pb2.Box:
    """A box in pixels of the upright photo."""
    return recognition_pb2.Box(x=box.x, y=box.y, width=box.width, height=box.height)


def attributes_from(product_id: str, message: struct_pb2.Struct) -> dict[str, object]:
    """The attributes of a product. Raises InvalidInput for a number that JSON cannot represent."""
    try:
        attributes: dict[str, object] = json_format.MessageToDict(message)
    except ValueError as error:  # NaN or an infinity
        raise InvalidInput(
            f"the attributes of product {product_id[:80]!r} are not valid JSON ({error}): use finite numbers"
        ) from error
    return attributes


def attributes_to(attributes: Mapping[str, object]) -> struct_pb2.Struct:
    """The attributes of a product."""
    struct = struct_pb2.Struct()
    json_format.ParseDict(dict(attributes), struct)
    return struct


def candidate_to(match: Match) -> recognition_pb2.Candidate:
    """A product near an object."""
    return recognition_pb2.Candidate(
        product_id=match.product_id,
        name=match.name,
        score=match.score,
        reference_id=match.reference_id,
        photo_id=photo_id_of_row(match.reference_id),
        store=match.store,
        attributes=attributes_to(match.attributes),
    )


def recognition_to(
    recognition: Recognition, run_lengths: Sequence[Sequence[int]] = ()
) -> recognition_pb2.RecognizeResponse:
    """The answer to a photo. `run_lengths` is empty, or holds the mask of each object as COCO run lengths."""
    versions = recognition.versions
    objects = [_object_to(found) for found in recognition.objects]
    for message, counts in zip(objects, run_lengths, strict=bool(run_lengths)):
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


def _object_to(found: RecognizedObject) -> recognition_pb2.RecognizedObject:
    instance, judgement = found.instance, found.judgement
    message = recognition_pb2.RecognizedObject(
        box=box_to(instance.box),
        mask=recognition_pb2.Polygon(xy=[value for point in instance.polygon for value in point]),
        segmentation_score=instance.score,
        verdict=VERDICTS[judgement.verdict],
        probability=judgement.probability,
        candidates=[candidate_to(match) for match in judgement.candidates],
    )
    if judgement.candidates:
        best = judgement.candidates[0]
        message.score = best.score
        # The fields that callers act on stay empty for UNKNOWN, so that no caller takes the best candidate by mistake.
        if judgement.verdict is not Verdict.UNKNOWN:
            message.product_id, message.name = best.product_id, best.name
    return message
