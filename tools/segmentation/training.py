"""The training loop: time-boxed, resumable, keeping the best checkpoint by the figures that count."""

from __future__ import annotations

import copy
import math
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import torch
from rich.progress import Progress
from torch import Tensor, nn
from torch.utils.data import DataLoader

from segmentation.compose import Stock
from segmentation.feeding import Batches, Recipe
from segmentation.losses import loss
from segmentation.network import Unet
from segmentation.targets import Scene
from tillsight.domain.errors import TillsightError

FROZEN_STAGES = 2
"""Encoder stages (to stride 4) left as ImageNet made them: edges and colours are the same everywhere, and their
gradients, at the largest sizes, cost a quarter of a step."""

FULL_SIZE_FROM = 0.6
"""Share of a training after which scenes have the network's full size: before that a step takes half the time."""

NOISE = 0.03
"""How far the figures of some dozen held-out scenes stray by chance: a later checkpoint, learnt at a lower rate,
replaces an earlier one unless it is worse by more."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how fast to learn. Exactly one of `minutes` and `steps` bounds it; the other is None."""

    minutes: float | None
    steps: int | None = None
    seed: int = 0
    decoder_rate: float = 2e-3
    encoder_rate: float = 4e-4
    decay: float = 1e-2
    warmup: float = 0.04
    full_size_from: float = FULL_SIZE_FROM
    averaged: float = 0.98
    judge_from: float = 0.4
    judge_every: float = 0.15
    recipe: Recipe = field(default_factory=Recipe)
    frozen_stages: int = FROZEN_STAGES


@dataclass(slots=True)
class History:
    """What the report draws: a row a step (progress, seconds, loss terms) and a row a validation."""

    steps: list[dict[str, float]] = field(default_factory=list)
    validations: list[dict[str, float]] = field(default_factory=list)


Judge = Callable[[Unet], dict[str, float]]
"""Figures of a network on the held-out scenes; `selection` among them is what the best checkpoint is chosen by."""


def train(
    network: Unet,
    photos: Sequence[Scene],
    stock: Stock,
    plan: Plan,
    judge: Judge,
    folder: Path,
    progress: Progress,
    resume: bool = False,
) -> tuple[Unet, History]:
    """Train and return the best averaged network. Checkpoints go to `folder/last.pt`; `resume` continues from it."""
    torch.manual_seed(plan.seed)
    averaged = copy.deepcopy(network)
    optimizer = torch.optim.AdamW(groups(network, plan), betas=(0.9, 0.98), weight_decay=plan.decay)
    history, begun, spent = History(), 0, 0.0
    best: dict[str, Tensor] | None = None
    best_value = -math.inf
    if resume:
        state = torch.load(folder / "last.pt", map_location="cpu", weights_only=True)
        network.load_state_dict(state["network"])
        averaged.load_state_dict(state["averaged"])
        optimizer.load_state_dict(state["optimizer"])
        begun, spent = int(state["step"]), float(state["spent"])
        best, best_value = state["best"], float(state["best_value"])
        history = History(state["steps"], state["validations"])
    device = next(network.parameters()).device
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    bfloat16 = has_fast_bfloat16(device)
    phase = get_context("fork").Value("i", 0)
    stopping = Stop()  # before the worker is forked: it then outlives a Ctrl-C long enough for the checkpoint
    batches = feed(photos, stock, plan, phase, begun)
    started = time.monotonic() - spent
    next_judgement = max(plan.judge_from, share(plan, begun, spent) + plan.judge_every)
    task = progress.add_task("training", total=1.0, completed=share(plan, begun, spent))
    network.train()
    step = begun
    while (done := share(plan, step, time.monotonic() - started)) < 1:
        phase.value = int(done >= plan.full_size_from)
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * concurrency(done, plan.warmup)
        images, wanted = next(batches)
        pixels = images.to(device).permute(0, 3, 1, 2).float()  # channels last in memory, as the network is
        with torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
            raw = network(pixels)
        terms = loss(raw.float(), wanted.to(device))
        total = torch.stack(list(terms.values())).sum()
        optimizer.zero_grad(set_to_none=True)
        total.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        follow(averaged, network, min(plan.averaged, (1 + step) / (10 + step)))
        step += 1
        row = {name: float(term.detach()) for name, term in terms.items()}
        history.steps.append({"progress": done, "seconds": time.monotonic() - started, **row})
        progress.update(task, completed=done, description=f"training, step {step}, loss {sum(row.values()):.3f}")
        if done >= next_judgement or stopping.asked or share(plan, step, time.monotonic() - started) >= 1:
            next_judgement = done + plan.judge_every
            figures = judge(averaged)
            history.validations.append({"progress": done, "step": float(step), **figures})
            progress.console.print(
                f"{done:5.0%}  step {step}  loss {sum(row.values()):.3f}  "
                + "  ".join(f"{name} {value:.3f}" for name, value in figures.items())
            )
            best_value = max(best_value, figures["selection"])
            if figures["selection"] >= best_value - NOISE:
                best = copy.deepcopy(averaged.state_dict())
            state = {
                "network": network.state_dict(), "averaged": averaged.state_dict(), "optimizer": optimizer.state_dict(),
                "step": step, "spent": time.monotonic() - started, "best": best, "best_value": best_value,
                "steps": history.steps, "validations": history.validations,
            }  # fmt: skip
            save(state, folder / "last.pt")
        if stopping.asked:
            raise Interrupted(f"stopped at step {step}; go on from {folder / 'last.pt'} with --resume")
    if best is not None:
        averaged.load_state_dict(best)
    return averaged.eval(), history


class Interrupted(TillsightError):
    """Someone stopped the training; its checkpoint is written."""


class Stop:
    """Turns SIGINT and SIGTERM into a wish to stop after the running step; a second one kills as usual."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)

    def _ask(self, number: int, frame: object) -> None:
        self.asked = True
        signal.signal(number, signal.SIG_DFL)


def has_fast_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 is faster there than float32; where it is only emulated it is slower."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return bool(torch.cpu.get_capabilities().get("avx512_bf16", False))


def share(plan: Plan, step: int, seconds: float) -> float:
    """How much of the plan is done, 0..1."""
    if plan.steps is not None:
        return step / plan.steps
    assert plan.minutes is not None
    return seconds / (60 * plan.minutes)


def concurrency(done: float, warmup: float) -> float:
    """Factor on the learning rate: a linear warm-up, then half a cosine to nothing (Loshchilov, Hutter, SGDR, 2017)."""
    if done < warmup:
        return 0.05 + 0.95 * done / warmup
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (done - warmup) / (1 - warmup)))


def groups(network: Unet, plan: Plan) -> list[dict[str, object]]:
    """Freeze the encoder's first stages; the rest of it learns slower than the new decoder."""
    if plan.frozen_stages:
        for part in (network.encoder.stem, *network.encoder.stages[: plan.frozen_stages]):
            part.requires_grad_(False)
    encoder = [p for p in network.encoder.parameters() if p.requires_grad]
    known = {id(p) for p in network.encoder.parameters()}
    decoder = [p for p in network.parameters() if id(p) not in known]
    return [{"params": encoder, "peak": plan.encoder_rate}, {"params": decoder, "peak": plan.decoder_rate}]


def feed(
    photos: Sequence[Scene], stock: Stock, plan: Plan, phase: object, begun: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches from one worker process, continuing at `begun`."""
    batches = Batches(photos, stock, plan.seed, plan.recipe, phase, 1_000_000)  # type: ignore[arg-type]
    order = range(begun, len(batches))
    loader = DataLoader(
        batches, batch_size=None, sampler=order, num_workers=1, prefetch_factor=3, multiprocessing_context="fork"
    )
    return iter(loader)


def follow(averaged: nn.Module, network: nn.Module, keep: float) -> None:
    """Move the averaged weights towards the learning ones (Polyak averaging)."""
    with torch.no_grad():
        for slow, fast in zip(averaged.state_dict().values(), network.state_dict().values(), strict=True):
            if slow.dtype.is_floating_point:
                slow.lerp_(fast, 1 - keep)


def save(state: dict[str, object], path: Path) -> None:
    """Write whole or not at all, so that an interrupt leaves the last good checkpoint."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".part")
    torch.save(state, half)
    half.replace(path)
