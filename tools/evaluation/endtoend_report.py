"""The worst mistakes of the whole service as an HTML file."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from evaluation import mistake_report
from evaluation.endtoend import Checkout, FoundObject
from evaluation.mistake_report import Mistake
from tillsight.client.manifest import ManifestRow
from tillsight.domain.arrays import Pixels
from tillsight.domain.identifiers import compute_photo_id
from tillsight.domain.products import Reference
from tillsight.imaging.crops import crop_polygon
from tillsight.imaging.decoding import PhotoLimits, decode_photo
from tillsight.v1.recognition_pb2 import Candidate

SHOWN_SIZE = 200


def write_report(
    path: Path,
    checkouts: Sequence[Checkout],
    rows: Sequence[ManifestRow],
    enrolled: Collection[str],
    figures: Mapping[str, object],
) -> None:
    """Write the worst mistakes on found objects. The higher the probability of a wrong label, the worse it is."""
    images: dict[str, Path] = {}
    for row in rows:
        images[compute_photo_id(Reference(row.product_id, row.name, row.image.read_bytes(), row.store))] = row.image
        images.setdefault(f"product {row.product_id}", row.image)
    mistakes = []
    for checkout in checkouts:
        wrong = [
            one
            for one in checkout.found
            if one.truth is not None and one.label != (one.truth if one.truth in enrolled else "")
        ]
        if not wrong:
            continue
        pixels = decode_photo(checkout.scene.path.read_bytes(), PhotoLimits()).pixels
        for one in wrong:
            mistakes.append(_mistake(checkout, one, pixels, images, enrolled))
    mistake_report.write_report(path, "End to end", figures, mistakes)


def _mistake(
    checkout: Checkout, one: FoundObject, pixels: Pixels, images: Mapping[str, Path], enrolled: Collection[str]
) -> Mistake:
    answer, xy = one.answer, one.answer.mask.xy
    polygon = tuple(zip(xy[::2], xy[1::2], strict=True))
    best = answer.candidates[0] if answer.candidates else None
    own = next((candidate for candidate in answer.candidates if candidate.product_id == one.truth), None)
    nearest = f"nearest {best.product_id} {best.name}, {best.score:.3f}" if best else "no near product"
    truth = one.truth if one.truth in enrolled else f"{one.truth or 'no product'}, not in the gallery"
    return Mistake(
        severity=answer.probability if one.label else 1 - answer.probability if one.truth in enrolled else 0.0,
        seen=crop_polygon(pixels, polygon, SHOWN_SIZE),
        caption=f"{checkout.scene.path.name} at {answer.box.x:.0f}, {answer.box.y:.0f}",
        taken_for=f"{one.label or 'UNKNOWN'}, probability {answer.probability:.2f}; {nearest}",
        taken_for_image=_image(images, best),
        truth=f"{truth}" + (f", {own.score:.3f}" if own else ""),
        truth_image=_image(images, own) or images.get(f"product {one.truth}"),
    )


def _image(images: Mapping[str, Path], candidate: Candidate | None) -> Path | None:
    """The photo of a candidate's best reference, or else of any reference of its product."""
    if candidate is None:
        return None
    return images.get(candidate.photo_id) or images.get(f"product {candidate.product_id}")
