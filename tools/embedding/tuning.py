"""Metric tuning of `vgg`: its last convolution and its whitening learn which photos show the same class.

The loss is the normalised softmax with a learned proxy a class (Zhai & Wu, Classification is a Strong Baseline for Deep
Metric Learning, 2019): cross-entropy over cosines to the proxies, divided by TEMPERATURE. The proxies are dropped.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import Progress
from torch import Tensor, nn
from torch.nn import functional

from embedding.stored import StoredEmbedder
from embedding.tuning_data import Frozen, Split
from embedding.vgg16 import ACTIVATION_SCALE
from embedding.whitening import Whitening, fit_evening

TEMPERATURE = 0.07
BATCH = 32
RATE, PROXY_RATE = 3e-3, 2e-3
"""Peak rates of Adam; RATE is in units of the mean size of a layer's weights."""
DECAY = 1e-4
CHECKS = 12
"""How often a run looks at the held-out photos."""
AT_ONCE = 64


@dataclass
class History:
    """Of each step its loss and seconds so far, of each check its step and figures; kept over a resume."""

    steps: list[dict[str, float]] = field(default_factory=list)
    checks: list[dict[str, float]] = field(default_factory=list)


class Tuned(nn.Module):
    """The layers that learn: CUT's activations and block 3's pooled values to unit vectors."""

    def __init__(self, embedder: StoredEmbedder) -> None:
        super().__init__()
        weight, bias = embedder.convolutions.layers[9]
        self.weight = nn.Parameter(torch.from_numpy(weight.copy()))
        self.bias = nn.Parameter(torch.from_numpy(bias.copy()))
        self.matrix = nn.Parameter(torch.from_numpy(embedder.whitening.matrix.copy()))
        self.register_buffer("mean", torch.from_numpy(embedder.whitening.mean.copy()))
        powers = {pooling.block: pooling.power for pooling in embedder.poolings}
        self.power = powers[4]

    def forward(self, maps: Tensor, pooled: Tensor) -> Tensor:
        activations = functional.relu(functional.conv2d(maps, self.weight, self.bias, padding=1)) * ACTIVATION_SCALE
        gem = activations.clamp(min=1e-6).pow(self.power).mean(dim=(2, 3)).pow(1 / self.power)
        joined = functional.normalize(torch.cat([pooled, functional.normalize(gem)], dim=1))
        return functional.normalize((joined - self.mean) @ self.matrix)


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to learn, by the clock or, if given, in `steps`, and from what seed."""

    minutes: float
    seed: int
    steps: int | None = None


def tune(
    network: Tuned,
    data: Frozen,
    labels: NDArray[np.int64],
    split: Split,
    plan: Plan,
    folder: Path,
    progress: Progress,
    resume: bool,
) -> tuple[Tuned, History]:
    """The network as it was best on held-out photos, and how it came there; `labels` [P] count from 0.

    State is kept in `folder`; with `resume` an interrupted run goes on from there.
    """
    _, classes = np.unique(labels[split.learnt], return_inverse=True)
    targets = torch.from_numpy(classes)
    with torch.no_grad():
        start = embedded(network, data, split.learnt)
    proxies = nn.Parameter(torch.stack([start[targets == one].mean(dim=0) for one in range(int(targets.max()) + 1)]))
    layers = [network.weight, network.matrix]
    groups = [{"params": [one], "peak": RATE * float(one.detach().abs().mean())} for one in layers]
    groups += [
        {"params": [network.bias], "peak": RATE * float(network.bias.detach().abs().mean())},
        {"params": [proxies], "peak": PROXY_RATE},
    ]
    optimizer = torch.optim.AdamW(groups, lr=0.0, weight_decay=DECAY)
    history, best, random = History(), -1.0, np.random.default_rng(plan.seed)
    last = folder / "last.pt"
    if resume and last.is_file():
        state: dict[str, Any] = torch.load(last, weights_only=True)
        network.load_state_dict(state["network"])
        proxies.data.copy_(state["proxies"])
        optimizer.load_state_dict(state["optimizer"])
        history = History(state["steps"], state["checks"])
        best = state["best"]
        random = np.random.default_rng((plan.seed, len(history.steps)))
    elapsed = history.steps[-1]["seconds"] if history.steps else 0.0
    begun = time.monotonic() - elapsed
    task = progress.add_task("tuning", total=1.0)

    def share() -> float:
        """How much of the plan is done, 0..1."""
        if plan.steps is not None:
            return len(history.steps) / plan.steps if plan.steps else 1.0
        return (time.monotonic() - begun) / (60 * plan.minutes)

    def check() -> None:
        nonlocal best
        figure = held_out_top1(network, data, labels, split)
        history.checks.append({"step": len(history.steps), "seconds": time.monotonic() - begun, "top1": figure})
        if figure >= best:
            best = figure
            torch.save(network.state_dict(), folder / "best.pt")
        kept = {"network": network.state_dict(), "proxies": proxies.data, "optimizer": optimizer.state_dict()}
        kept |= {"steps": history.steps, "checks": history.checks, "best": best}
        torch.save(kept, folder / "last.pt.part")
        (folder / "last.pt.part").replace(last)

    if not history.checks:
        check()
    checked = share()
    while (done := share()) < 1:
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * _rate(done)
        chosen = random.choice(len(split.learnt), min(BATCH, len(split.learnt)), replace=False)
        view = random.integers(data.maps.shape[1], size=len(chosen))
        maps, pooled = _inputs(data, split.learnt[chosen], view)
        cosines = network(maps, pooled) @ functional.normalize(proxies).T
        loss = functional.cross_entropy(cosines / TEMPERATURE, targets[torch.from_numpy(chosen)])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        history.steps.append({"seconds": time.monotonic() - begun, "loss": float(loss.detach())})
        progress.update(task, completed=done)
        if done - checked > 1 / CHECKS:
            check()
            checked = done
    check()
    network.load_state_dict(torch.load(folder / "best.pt", weights_only=True))
    return network, history


def even_out(network: Tuned, data: Frozen, labels: NDArray[np.int64], split: Split, share: float) -> None:
    """Let the projection even out, in place, what differs among the learnt photos of one class, all views of them."""
    views = range(data.maps.shape[1])
    vectors = torch.cat([embedded(network, data, split.learnt, view) for view in views]).numpy()
    evening = fit_evening(vectors, np.tile(labels[split.learnt], len(views)), share)
    network.matrix.data.copy_(network.matrix.data @ torch.from_numpy(evening))


def embedded(network: Tuned, data: Frozen, photos: NDArray[np.int64], view: int = 0) -> Tensor:
    """Unit vectors [N, D] of photos, by their indices, each at one view."""
    parts = []
    with torch.no_grad():
        for start in range(0, len(photos), AT_ONCE):
            some = photos[start : start + AT_ONCE]
            parts.append(network(*_inputs(data, some, np.full(len(some), view))))
    return torch.cat(parts) if parts else torch.zeros((0, network.matrix.shape[1]))


def nearest(queries: Tensor, references: Tensor, leave_self_out: bool = False) -> NDArray[np.int64]:
    """The index of the nearest reference of each query; of another photo than itself where they are the same."""
    scores = queries @ references.T
    if leave_self_out:
        scores.fill_diagonal_(-2)
    return np.asarray(scores.argmax(dim=1))


def held_out_top1(network: Tuned, data: Frozen, labels: NDArray[np.int64], split: Split) -> float:
    """Of photos held out of classes learnt: how often the nearest learnt photo is of their class."""
    if not len(split.held):
        return 0.0
    found = nearest(embedded(network, data, split.held), embedded(network, data, split.learnt))
    return float((labels[split.learnt][found] == labels[split.held]).mean())


def unseen_top1(network: Tuned, data: Frozen, labels: NDArray[np.int64], split: Split) -> float | None:
    """Of classes kept out: how often the nearest other photo is of the same class. None where none were."""
    if not len(split.unseen):
        return None
    vectors = embedded(network, data, split.unseen)
    return float((labels[split.unseen][nearest(vectors, vectors, True)] == labels[split.unseen]).mean())


def layers_of(network: Tuned, embedder: StoredEmbedder) -> tuple[Sequence[Any], Whitening]:
    """VGG16's convolutions with the tuned one in its place, and the tuned whitening."""
    tuned = network.weight.detach().numpy(), network.bias.detach().numpy()
    layers = (*embedder.convolutions.layers[:9], tuned, *embedder.convolutions.layers[10:])
    return layers, Whitening(embedder.whitening.mean, network.matrix.detach().numpy())


def _inputs(data: Frozen, photos: NDArray[np.int64], view: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
    maps = torch.from_numpy(data.maps[photos, view]).float() * data.scale
    return maps, torch.from_numpy(data.pooled[photos, view])


def _rate(share: float) -> float:
    """Up over the first twentieth, then down along a cosine."""
    return min(1.0, share / 0.05 + 0.02) * float(0.5 + 0.5 * np.cos(np.pi * min(share, 1.0)))
