"""Metric tuning of `vgg`: its last convolution and its whitening learn which photos show the same class.

The loss is the normalised softmax with one learned proxy for each class (Zhai & Wu, Classification is a Strong Baseline
for Deep Metric Learning, 2019): cross-entropy over the cosines to the proxies, divided by TEMPERATURE. The export has
no proxies.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import Progress
from torch import nn
from torch.nn import functional

from embedding.tuned_network import TunedNetwork, layer_inputs
from embedding.tuning_data import FrozenFeatures, Split
from embedding.tuning_figures import validation_top1
from embedding.whitening import fit_wccn

TEMPERATURE = 0.07
BATCH_SIZE = 32
RATE, PROXY_RATE = 3e-3, 2e-3
"""Peak rates of Adam. RATE is in units of the mean absolute weight of a layer."""
DECAY = 1e-4
VALIDATIONS = 12
"""How often a run computes the validation figure."""


@dataclass
class History:
    """The loss and the time of each step, and the figure of each validation; kept when a run is resumed."""

    steps: list[dict[str, float]] = field(default_factory=list)
    checks: list[dict[str, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to tune, by the clock or, if given, in `steps`, and the random seed."""

    minutes: float
    seed: int
    steps: int | None = None

    def progress(self, steps: int, seconds: float) -> float:
        """The share of the plan that is done, 0..1, after so many steps and seconds."""
        if self.steps is not None:
            return steps / self.steps if self.steps else 1.0
        return seconds / (60 * self.minutes)


class Tuning:
    """A run: the network, the proxies, the optimiser and the best validation figure, with a checkpoint on disk."""

    def __init__(
        self,
        network: TunedNetwork,
        data: FrozenFeatures,
        labels: NDArray[np.int64],
        split: Split,
        plan: Plan,
        folder: Path,
    ) -> None:
        self.network, self.data, self.labels, self.split, self.plan = network, data, labels, split, plan
        self.history = History()
        self._last, self._best_file = folder / "last.pt", folder / "best.pt"
        self._best = -1.0
        self._random = np.random.default_rng(plan.seed)
        _, classes = np.unique(labels[split.train], return_inverse=True)
        self._targets = torch.from_numpy(classes)
        # A proxy starts at the mean vector of its class.
        start = network.embed(data, split.train)
        count = int(self._targets.max()) + 1
        self._proxies = nn.Parameter(torch.stack([start[self._targets == one].mean(dim=0) for one in range(count)]))
        groups: list[dict[str, Any]] = [
            {"params": [one], "peak": RATE * float(one.detach().abs().mean())}
            for one in (network.weight, network.matrix, network.bias)
        ]
        groups.append({"params": [self._proxies], "peak": PROXY_RATE})
        self._optimizer = torch.optim.AdamW(groups, lr=0.0, weight_decay=DECAY)

    def run(self, progress: Progress, resume: bool) -> tuple[TunedNetwork, History]:
        """Tune, and return the network with the best validation figure. `resume` continues the checkpoint."""
        if resume and self._last.is_file():
            self._load()
        elapsed = self.history.steps[-1]["seconds"] if self.history.steps else 0.0
        started = time.monotonic() - elapsed
        task = progress.add_task("tuning", total=1.0)
        if not self.history.checks:
            self._validate(time.monotonic() - started)
        validated = self.plan.progress(len(self.history.steps), time.monotonic() - started)
        while (done := self.plan.progress(len(self.history.steps), time.monotonic() - started)) < 1:
            loss = self._step(done)
            self.history.steps.append({"seconds": time.monotonic() - started, "loss": loss})
            progress.update(task, completed=done)
            if done - validated > 1 / VALIDATIONS:
                self._validate(time.monotonic() - started)
                validated = self.plan.progress(len(self.history.steps), time.monotonic() - started)
        self._validate(time.monotonic() - started)
        self.network.load_state_dict(torch.load(self._best_file, weights_only=True))
        return self.network, self.history

    def _step(self, done: float) -> float:
        """One step of the optimiser on a random batch; returns the loss."""
        for group in self._optimizer.param_groups:
            group["lr"] = group["peak"] * _rate_factor(done)
        photos = len(self.split.train)
        chosen = self._random.choice(photos, min(BATCH_SIZE, photos), replace=False)
        view = self._random.integers(self.data.maps.shape[1], size=len(chosen))
        maps, pooled = layer_inputs(self.data, self.split.train[chosen], view)
        cosines = self.network(maps, pooled) @ functional.normalize(self._proxies).T
        loss = functional.cross_entropy(cosines / TEMPERATURE, self._targets[torch.from_numpy(chosen)])
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        return float(loss.detach())

    def _validate(self, seconds: float) -> None:
        """Compute the validation figure, and save the checkpoint and, if it is the best, the network."""
        figure = validation_top1(self.network, self.data, self.labels, self.split)
        self.history.checks.append({"step": len(self.history.steps), "seconds": seconds, "top1": figure})
        if figure >= self._best:
            self._best = figure
            torch.save(self.network.state_dict(), self._best_file)
        state = {
            "network": self.network.state_dict(),
            "proxies": self._proxies.data,
            "optimizer": self._optimizer.state_dict(),
            "steps": self.history.steps,
            "checks": self.history.checks,
            "best": self._best,
        }
        part = self._last.with_name("last.pt.part")
        torch.save(state, part)
        part.replace(self._last)

    def _load(self) -> None:
        state: dict[str, Any] = torch.load(self._last, weights_only=True)
        self.network.load_state_dict(state["network"])
        self._proxies.data.copy_(state["proxies"])
        self._optimizer.load_state_dict(state["optimizer"])
        self.history = History(state["steps"], state["checks"])
        self._best = state["best"]
        self._random = np.random.default_rng((self.plan.seed, len(self.history.steps)))


def apply_wccn(
    network: TunedNetwork, data: FrozenFeatures, labels: NDArray[np.int64], split: Split, share: float
) -> None:
    """Multiply the whitening, in place, by the WCCN of the training photos at all their views."""
    views = range(data.maps.shape[1])
    vectors = torch.cat([network.embed(data, split.train, view) for view in views]).numpy()
    wccn = fit_wccn(vectors, np.tile(labels[split.train], len(views)), share)
    network.matrix.data.copy_(network.matrix.data @ torch.from_numpy(wccn))


def _rate_factor(progress: float) -> float:
    """Up over the first twentieth, then down along a cosine."""
    return min(1.0, progress / 0.05 + 0.02) * float(0.5 + 0.5 * np.cos(np.pi * min(progress, 1.0)))
