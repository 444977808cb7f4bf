"""The worst mistakes of a retrieval evaluation as an HTML file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from evaluation import mistake_report
from evaluation.manifests import Entry
from evaluation.mistake_report import Mistake
from evaluation.retrieval import RankedQuery
from tillsight.domain.identifiers import photo_id_of_row
from tillsight.imaging.decoding import PhotoLimits, decode_photo


def write_report(
    path: Path,
    gallery: Sequence[Entry],
    queries: Sequence[Entry],
    ranked: Sequence[RankedQuery],
    figures: Mapping[str, object],
) -> None:
    """Write the mistakes whose wrong product exceeds the right one's score most."""
    mistakes = []
    for query, one in zip(queries, ranked, strict=True):
        if one.precision is None or one.rank == 1:
            continue
        wrong = next(match for match in one.near if match.product_id != one.label)
        own = next((match for match in one.near if match.product_id == one.label), None)
        # The photo id of an evaluation gallery is the number of its entry.
        images = [gallery[int(photo_id_of_row(match.reference_id))].image if match else None for match in (wrong, own)]
        first = next(entry.image for entry in gallery if entry.product_id == one.label)
        mistakes.append(
            Mistake(
                severity=wrong.score - (own.score if own else 0.0),
                seen=decode_photo(query.image.read_bytes(), PhotoLimits()).pixels,
                caption=str(query.image),
                taken_for=f"{wrong.product_id}, {wrong.score:.3f}",
                taken_for_image=images[0],
                truth=f"{one.label}, " + (f"{own.score:.3f}" if own else "not among the nearest"),
                truth_image=images[1] or first,
            )
        )
    mistake_report.write_report(path, "Retrieval", figures, mistakes)
