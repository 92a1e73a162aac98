"""A sine wave, one step ahead. It begins anywhere, so one value cannot say whether it rises or falls; two can."""

from __future__ import annotations

import numpy as np

from rnn_core.batch import Batch
from rnn_core.tasks import MSE, Example, Task

PERIOD = 25  # time steps
STEP = 2 * np.pi / PERIOD  # radians


def make(rng: np.random.Generator, length: int, size: int) -> Batch:
    """x (T, B, 1): sin(φ + 2πt/25), each φ drawn from a whole turn."""
    return ahead(rng.uniform(0, 2 * np.pi, size), length)


def ahead(phase: np.ndarray, length: int) -> Batch:
    """phase (B,) in radians. target (T, B, 1): the value after each; not asked after the first, where it is open."""
    wave = np.sin(phase + STEP * np.arange(length + 1)[:, None])[..., None]  # (T+1, B, 1)
    asked = np.ones((length, len(phase)), bool)
    asked[0] = False
    return Batch(wave[:-1], wave[1:], asked, "squared")


EXAMPLE = Example(
    "0  0.249  0.482  0.685  ->  ?  0.482  0.685  0.844    (next = 2·cos(2π/25)·last − the one before)",
    ahead(np.zeros(1), 4),
)

TASK = Task(
    name="sine",
    about="A sine wave that begins anywhere: say its next value at every step.",
    source="a standard first exercise; here with period 25 and random phase",
    make=make,
    inputs=1,
    outputs=1,
    length=50,
    lengths=(2, 1000),
    metric=MSE,
    goal=0.001,
    example=EXAMPLE,
    solved_by=("gru", "lstm", "rnn"),
    recipe={"hidden": 16, "batch": 32, "optimizer": "adam", "lr": 0.01, "clip": 1.0, "budget": 2000},
    future=True,
    # Given x, rising and falling are equally likely: the best guess is x·cos δ, and cos φ·sin δ is what it misses.
    baseline=lambda length: ("the best guess from the last value alone", float(np.sin(STEP) ** 2 / 2)),
)
