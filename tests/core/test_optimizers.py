"""Optimisers, clipping and schedules are torch's, update for update."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.utils import clip_grad_norm_
from torch.optim import lr_scheduler

from rnn_core.experiment import OPTIMIZERS as NAMES
from rnn_core.experiment import SCHEDULES
from rnn_core.training.optimizers import OPTIMIZERS, clip, length, rate
from tests.core.oracle import assert_close

THEIRS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "sgd": torch.optim.SGD,
    "momentum": lambda params, **given: torch.optim.SGD(params, momentum=0.9, **given),
    "rmsprop": torch.optim.RMSprop,
    "adam": torch.optim.Adam,
}


def test_every_name_has_its_optimizer() -> None:
    """What an Experiment may ask for is what there is."""
    assert tuple(OPTIMIZERS) == NAMES
    assert THEIRS.keys() == OPTIMIZERS.keys()


@pytest.mark.parametrize("decay", [0, 0.1])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_is_torchs(name: str, decay: float) -> None:
    """100 updates by gradients of every size, zeros among them; the learning rate changes in the middle."""
    rng = np.random.default_rng(0)
    weights = rng.standard_normal(20)
    theirs = torch.tensor(weights)
    other, ours = THEIRS[name]([theirs], lr=0.01, weight_decay=decay), OPTIMIZERS[name]
    rows = np.zeros((ours.rows, 20))
    for update in range(1, 101):
        gradient = 10 ** rng.uniform(-6, 2, 20) * rng.choice([-1, 0, 1], 20)
        lr = other.param_groups[0]["lr"] = 0.01 if update <= 50 else 0.003
        theirs.grad = torch.tensor(gradient)
        other.step()
        ours.step(weights, gradient + decay * weights, rows, lr, update)
        np.testing.assert_allclose(weights, theirs.numpy(), rtol=1e-12, atol=1e-12)
    memory = [value.numpy() for value in other.state[theirs].values() if value is not None and value.ndim]
    assert_close(rows, memory or np.zeros((0, 20)), 1e-12)  # in the order torch keeps them: snapshots rely on it


@pytest.mark.parametrize("size", [0, 1e-9, 0.1, 1 - 1e-9, 1, 1 + 1e-9, 10, 1e9])
@pytest.mark.parametrize("most", [None, 1e-3, 1.0, 7.5])
def test_clip_is_torchs(size: float, most: float | None) -> None:
    """A norm of 0, below the bound, at it and above; the norm before and after."""
    parts = [np.random.default_rng(0).standard_normal(shape) for shape in ((3, 4), (5,), (1,))]
    gradient = np.concatenate([part.ravel() for part in parts])
    gradient *= size * (most or 1) / np.linalg.norm(gradient)
    theirs = [torch.zeros(len(part), dtype=torch.float64) for part in np.split(gradient, [12, 17])]
    for tensor, part in zip(theirs, np.split(gradient, [12, 17]), strict=True):
        tensor.grad = torch.tensor(part)
    wanted = float(clip_grad_norm_(theirs, math.inf if most is None else most))

    norm, clipped = clip(gradient, most)
    grads = np.concatenate([tensor.grad.numpy() for tensor in theirs if tensor.grad is not None])
    np.testing.assert_allclose(norm, wanted, rtol=1e-14)
    np.testing.assert_allclose(gradient, grads, rtol=1e-14)
    np.testing.assert_allclose(clipped, np.linalg.norm(grads), rtol=1e-14)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_what_is_not_finite_is_not_clipped(bad: float) -> None:
    """The norm says so, and nothing is divided by it."""
    gradient = np.array([1.0, bad, -2.0])
    norm, clipped = clip(gradient, 1.0)
    assert not math.isfinite(norm)
    assert not math.isfinite(clipped)
    np.testing.assert_array_equal(gradient, [1.0, bad, -2.0])


@pytest.mark.parametrize(
    ("dtype", "entry"),
    [("float32", x) for x in (0, 1e-44, 1e-30, 1e-18, 1e-8, 1, 1e18, 1e30, 1e38)]
    + [("float64", x) for x in (1e-320, 1e-200, 1e-20, 1e100, 1e200, 1e306)],
)
def test_length_outlives_the_squares(dtype: str, entry: float) -> None:
    """Squares leave float32 at 1e±38 and float64 at 1e±308: what vanished or exploded still has its length."""
    vector = np.full(1000, entry, dtype)
    assert length(vector) == pytest.approx(float(vector[0]) * math.sqrt(1000), rel=1e-5, abs=0)
    assert clip(vector, None) == (length(vector), length(vector))


SCHEDULERS: dict[str, Callable[[Any, int], lr_scheduler.LRScheduler]] = {
    "constant": lambda it, budget: lr_scheduler.ConstantLR(it, factor=1),
    "linear": lambda it, budget: lr_scheduler.LinearLR(it, 1, 0, total_iters=budget),
    "cosine": lambda it, budget: lr_scheduler.CosineAnnealingLR(it, budget),
    "step": lambda it, budget: lr_scheduler.MultiStepLR(it, [-(-budget // 3), -(-2 * budget // 3)], gamma=0.5),
}


@pytest.mark.parametrize("budget", [1, 7, 30, 100, 300])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_schedules_are_torchs(schedule: str, budget: int) -> None:
    """The rate of every update; and past the budget, where a Run that is continued goes on with the last."""
    stepper = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    scheduler = SCHEDULERS[schedule](stepper, budget)
    for update in range(budget + 1):
        assert rate(schedule, update, budget) == pytest.approx(stepper.param_groups[0]["lr"], rel=1e-9, abs=1e-12)
        stepper.step()
        scheduler.step()
    assert rate(schedule, 3 * budget, budget) == rate(schedule, budget, budget)
