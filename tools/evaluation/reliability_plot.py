"""The reliability diagram of a calibration."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np

from evaluation.calibration_figures import reliability
from evaluation.calibration_fit import Answers, concatenate_answers, right_probability
from tillsight.recognition.calibration import Calibration


def write_plot(path: Path, pairs: Sequence[tuple[Calibration, Answers]], ece: float) -> None:
    """Write a PNG: the share of right held-out answers by their probability, and how many answers there are."""
    matplotlib.use("Agg")
    from matplotlib import pyplot

    probability = np.concatenate([right_probability(fitted, answers) for fitted, answers in pairs])
    answers = concatenate_answers([answers for _, answers in pairs])
    mean, observed, counts = reliability(probability, answers.right, answers.weight)
    figure, (upper, lower) = pyplot.subplots(
        2, 1, figsize=(5, 6), sharex=True, height_ratios=(3, 1), constrained_layout=True
    )
    filled = counts > 0
    upper.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    upper.plot(mean[filled], observed[filled], marker="o", color="#1b6ca8")
    upper.set(ylabel="share right", title=f"Held-out answers, ECE {ece:.3f}", xlim=(0, 1), ylim=(0, 1))
    lower.bar((np.arange(len(counts)) + 0.5) / len(counts), counts / counts.sum(), width=0.09, color="#1b6ca8")
    lower.set(xlabel="probability", ylabel="share of answers")
    figure.savefig(path, dpi=150)
    pyplot.close(figure)
