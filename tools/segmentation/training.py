"""The training loop of the segmenter: limited by time or steps, resumable, and it keeps the best checkpoint."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import get_context
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

import torch
from rich.progress import Progress
from torch import Tensor, nn
from torch.utils.data import DataLoader

from segmentation.batches import TrainingBatches
from segmentation.cutout_pool import CutoutPool
from segmentation.interruption import Interrupted, StopSignal
from segmentation.losses import loss_terms
from segmentation.network import Unet
from segmentation.schedule import Plan, learning_rate_factor
from segmentation.targets import Scene
from segmentation.training_state import CHECKPOINT, History, TrainingState

LARGEST_GRADIENT = 5.0
MOST_BATCHES = 1_000_000

Validate = Callable[[Unet], dict[str, float]]
"""The figures of a network on the validation scenes. `selection` among them selects the best checkpoint."""


def train(
    network: Unet,
    photos: Sequence[Scene],
    pool: CutoutPool,
    plan: Plan,
    validate: Validate,
    folder: Path,
    progress: Progress,
    resume: bool = False,
) -> tuple[Unet, History]:
    """Train, and return the best average of the weights. The checkpoint is `folder`/last.pt; `resume` continues it.

    Raises Interrupted after SIGINT or SIGTERM, with the checkpoint written.
    """
    torch.manual_seed(plan.seed)
    state = TrainingState(network, plan)
    if resume:
        state.load(folder)
    device = next(network.parameters()).device
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    phase = get_context("fork").Value("i", 0)
    stop = StopSignal()  # before the fork: the worker then survives a Ctrl-C until the checkpoint is written
    batches = _batches(photos, pool, plan, phase, state.step)
    started = time.monotonic() - state.seconds
    next_validation = max(plan.validate_from, plan.progress(state.step, state.seconds) + plan.validate_every)
    task = progress.add_task("training", total=1.0, completed=plan.progress(state.step, state.seconds))
    network.train()
    while (done := plan.progress(state.step, time.monotonic() - started)) < 1:
        phase.value = int(done >= plan.full_size_from)
        for group in state.optimizer.param_groups:
            group["lr"] = group["peak"] * learning_rate_factor(done, plan.warmup)
        terms = _optimise(network, state.optimizer, *next(batches), device)
        state.update_average()
        state.step += 1
        state.seconds = time.monotonic() - started
        state.history.steps.append({"progress": done, "seconds": state.seconds, **terms})
        loss = sum(terms.values())
        progress.update(task, completed=done, description=f"training, step {state.step}, loss {loss:.3f}")
        if done >= next_validation or stop.requested or plan.progress(state.step, time.monotonic() - started) >= 1:
            next_validation = done + plan.validate_every
            figures = validate(state.average)
            state.add_validation(done, figures)
            progress.console.print(
                f"{done:5.0%}  step {state.step}  loss {loss:.3f}  "
                + "  ".join(f"{name} {value:.3f}" for name, value in figures.items())
            )
            state.seconds = time.monotonic() - started
            state.save(folder)
        if stop.requested:
            raise Interrupted(f"stopped at step {state.step}; continue from {folder / CHECKPOINT} with --resume")
    return state.best(), state.history


def _optimise(
    network: Unet, optimizer: torch.optim.Optimizer, images: Tensor, wanted: Tensor, device: torch.device
) -> dict[str, float]:
    """One step of the optimiser on a batch; returns the terms of the loss."""
    pixels = images.to(device).permute(0, 3, 1, 2).float()  # channels last in memory, as in the network
    with torch.autocast(device.type, torch.bfloat16, enabled=_has_fast_bfloat16(device)):
        raw = network(pixels)
    terms = loss_terms(raw.float(), wanted.to(device))
    total = torch.stack(list(terms.values())).sum()
    optimizer.zero_grad(set_to_none=True)
    total.backward()
    nn.utils.clip_grad_norm_(network.parameters(), LARGEST_GRADIENT)
    optimizer.step()
    return {name: float(term.detach()) for name, term in terms.items()}


def _batches(
    photos: Sequence[Scene], pool: CutoutPool, plan: Plan, phase: Synchronized[int], first: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches from one worker process, beginning with number `first`."""
    batches = TrainingBatches(photos, pool, plan.seed, plan.recipe, phase, MOST_BATCHES)
    order = range(first, len(batches))
    loader = DataLoader(
        batches, batch_size=None, sampler=order, num_workers=1, prefetch_factor=3, multiprocessing_context="fork"
    )
    return iter(loader)


def _has_fast_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 is faster than float32 there. Where it is only emulated it is slower."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return bool(torch.cpu.get_capabilities().get("avx512_bf16", False))
