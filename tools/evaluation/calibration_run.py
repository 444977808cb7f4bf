"""A whole calibration: the answers, the fit, and figures on held-out answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np

from evaluation.calibration_figures import compute_figures, expected_calibration_error
from evaluation.calibration_fit import (
    Answers,
    concatenate_answers,
    enrolled_probability,
    fit_calibration,
    right_probability,
)
from evaluation.memory_gallery import MemoryGallery
from evaluation.open_set import answer_objects, held_out_pairs, mean_cohort_similarity
from evaluation.query_objects import QueryObjects
from tillsight.recognition.calibration import Calibration


def calibrate(
    gallery: MemoryGallery,
    objects: QueryObjects,
    confusable: Mapping[str, str],
    lost: float,
    wrong: float,
    out_of_gallery: float,
) -> tuple[Calibration, dict[str, object], list[tuple[Calibration, Answers]]]:
    """A calibration fitted to all answers, its figures, and the pairs that the figures come from.

    The figures are held out: the means over two calibrations, each fitted to half of the products and photos and
    tested on the others. `confusable` names the product that a product is most easily taken for, where known;
    out-of-gallery objects with and without one have figures of their own.
    """
    answers, asked = answer_objects(gallery, objects)
    cohort_floor = mean_cohort_similarity(gallery, objects)

    def fit(some: Answers) -> Calibration:
        return fit_calibration(some, lost, wrong, cohort_floor)

    final = fit(answers.weighted(out_of_gallery))
    pairs = held_out_pairs(answers, asked, fit, out_of_gallery)
    of_halves = [compute_figures(half, held_out, lost) for half, held_out in pairs]
    mean = {name: _mean([one[name] for one in of_halves]) for name in of_halves[0]}
    probability = np.concatenate([right_probability(half, held_out) for half, held_out in pairs])
    pooled = concatenate_answers([held_out for _, held_out in pairs])
    mean["ece"] = expected_calibration_error(probability, pooled.right, pooled.weight)
    figures: dict[str, object] = {
        **mean,
        "n_objects": len(objects.labels),
        "n_enrolled": int(answers.enrolled.sum()),
        "n_out_of_gallery": int(answers.out_of_gallery.sum()),
        "n_fragments": int(answers.fragment.sum()),
        "n_labels": len({row.product_id for row in gallery.rows.values()}),
        "out_of_gallery_share": out_of_gallery,
    }
    if confusable:
        figures["by_group"] = _by_confusability(final, answers, asked, confusable, lost)
    return final, figures, pairs


def report(fitted: Calibration, fingerprint: str, figures: Mapping[str, object]) -> dict[str, object]:
    """What `calibrate --json` prints and `tillsight catalogue calibrate` reads."""
    return {**figures, "embedder_fingerprint": fingerprint, "calibration": asdict(fitted)}


def _by_confusability(
    final: Calibration, answers: Answers, asked: QueryObjects, confusable: Mapping[str, str], lost: float
) -> dict[str, dict[str, object]]:
    """Out-of-gallery rejection at the threshold that rejects the share `lost` of all enrolled objects.

    Once for the products with a confusable one, and once for the others.
    """
    probability = enrolled_probability(final, answers)
    threshold = np.quantile(probability[answers.enrolled], lost)
    has_confusable = np.array([bool(confusable.get(label)) for label in asked.labels])
    groups = {}
    for name, chosen in (
        ("with a confusable product", has_confusable),
        ("without a confusable product", ~has_confusable),
    ):
        own, other = answers.enrolled & chosen, answers.out_of_gallery & chosen
        groups[name] = {
            "top1": float(answers.right[own].mean()) if own.any() else None,
            "open_set_rejected_at_lost": float((probability[other] < threshold).mean()) if other.any() else None,
            "n_enrolled": int(own.sum()),
            "n_out_of_gallery": int(other.sum()),
        }
    return groups


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
