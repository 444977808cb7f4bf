"""Everything a training changes, and its checkpoint on disk."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from segmentation.network import Unet
from segmentation.schedule import Plan, parameter_groups
from segmentation.validation import NOISE
from segmentation.weight_average import update_average

CHECKPOINT = "last.pt"


@dataclass(slots=True)
class History:
    """What the report draws: a row for each step (progress, seconds, loss terms) and for each validation."""

    steps: list[dict[str, float]] = field(default_factory=list)
    validations: list[dict[str, float]] = field(default_factory=list)


class TrainingState:
    """A network in training, the average of its weights, the optimiser, and the best average so far."""

    def __init__(self, network: Unet, plan: Plan) -> None:
        self.network = network
        self.average = copy.deepcopy(network)
        self.optimizer = torch.optim.AdamW(parameter_groups(network, plan), betas=(0.9, 0.98), weight_decay=plan.decay)
        self.history = History()
        self.step = 0
        self.seconds = 0.0
        self._average_keep = plan.average_keep
        self._best: dict[str, Tensor] | None = None
        self._best_value = -math.inf

    def update_average(self) -> None:
        """Add the network's weights to the average. The first steps, of an untrained network, weigh little."""
        update_average(self.average, self.network, min(self._average_keep, (1 + self.step) / (10 + self.step)))

    def add_validation(self, progress: float, figures: dict[str, float]) -> None:
        """Note the figures of the current average, and keep it if it is the best.

        A later average, of a lower learning rate, replaces an earlier one unless it is worse by more than NOISE.
        """
        self.history.validations.append({"progress": progress, "step": float(self.step), **figures})
        self._best_value = max(self._best_value, figures["selection"])
        if figures["selection"] >= self._best_value - NOISE:
            self._best = copy.deepcopy(self.average.state_dict())

    def best(self) -> Unet:
        """The best average so far, or the current one before the first validation."""
        if self._best is not None:
            self.average.load_state_dict(self._best)
        return self.average.eval()

    def save(self, folder: Path) -> None:
        """Write the checkpoint under another name first, so that an interrupt leaves the previous one."""
        state = {
            "network": self.network.state_dict(),
            "averaged": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "spent": self.seconds,
            "best": self._best,
            "best_value": self._best_value,
            "steps": self.history.steps,
            "validations": self.history.validations,
        }
        path = folder / CHECKPOINT
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        torch.save(state, part)
        part.replace(path)

    def load(self, folder: Path) -> None:
        """Continue from the checkpoint in a folder."""
        state = torch.load(folder / CHECKPOINT, map_location="cpu", weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds = int(state["step"]), float(state["spent"])
        self._best, self._best_value = state["best"], float(state["best_value"])
        self.history = History(state["steps"], state["validations"])
