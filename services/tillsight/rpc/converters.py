"""Values of recognition to messages and back; nothing else."""

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
    """A verdict. Raises KeyError for VERDICT_UNSPECIFIED, which no answer carries."""
    return _VERDICTS_BY_MESSAGE[message]


def box_from(message: recognition_pb2.Box) -> Box:
    """A box, in pixels of the upright photo."""
    return Box(message.x, message.y, message.width, message.height)


def _box_to(box: Box) -> recognition_pb2.Box:
    return recognition_pb2.Box(x=box.x, y=box.y, width=box.width, height=box.height)


def recognition_to(recognition: Recognition, runs: Sequence[Sequence[int]] = ()) -> recognition_pb2.RecognizeResponse:
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


def _object_to(found: RecognizedObject) -> recognition_pb2.RecognizedObject:
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
        if judgement.verdict is not Verdict.UNKNOWN:
            message.product_id, message.name = best.product_id, best.name
    return message


def _candidate_to(match: Match) -> recognition_pb2.Candidate:
    return recognition_pb2.Candidate(
        product_id=match.product_id,
        name=match.name,
        score=match.score,
        reference_id=match.reference_id,
        photo_id=photo_id_of_row(match.reference_id),
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


def struct_to(attributes: Mapping[str, object]) -> struct_pb2.Struct:
    """Attributes as a protobuf Struct."""
    struct = struct_pb2.Struct()
    json_format.ParseDict(dict(attributes), struct)
    return struct
