"""Two sine waves added, one step ahead: it takes four values in a row to fix both, so more memory than `sine`.

Each wave alone obeys x_{t+1} = 2·cos(δ)·x_t − x_{t−1}; their sum obeys the product of the two rules, which looks four
values back.
"""

from __future__ import annotations

import numpy as np

from rnn_core.batch import Batch
from rnn_core.tasks import MSE, Example, Task

PERIODS = np.array([20, 7])  # time steps
STEPS = 2 * np.pi / PERIODS  # radians
MEMORY = 2 * len(PERIODS)  # values that fix all amplitudes and phases


def make(rng: np.random.Generator, length: int, size: int) -> Batch:
    """x (T, B, 1): a·sin(φ + 2πt/20) + b·sin(ψ + 2πt/7), each phase of a whole turn, each amplitude of U[0, 1]."""
    return ahead(rng.random((2, size)), rng.uniform(0, 2 * np.pi, (2, size)), length)


def ahead(amplitude: np.ndarray, phase: np.ndarray, length: int) -> Batch:
    """amplitude and phase (2, B). target (T, B, 1): the value after each; asked once four have been read."""
    t = np.arange(length + 1)[:, None, None]
    wave = (amplitude * np.sin(phase + STEPS[:, None] * t)).sum(axis=1)[..., None]  # (T+1, B, 1)
    asked = np.broadcast_to(np.arange(length)[:, None] >= MEMORY - 1, (length, amplitude.shape[1])).copy()
    return Batch(wave[:-1], wave[1:], asked, "squared")


def baseline(length: int) -> tuple[str, float]:
    """The best c·x for the next value: c is the mean of cos δ, as both waves have the same mean square of 1/6."""
    return "the best multiple of the last value", float((1 - np.cos(STEPS).mean() ** 2) / 3)


EXAMPLE = Example(
    "amplitudes 1 and 0.5, phases 0:  0  0.570  0.974  1.118  0.986  ->  ?  ?  ?  0.986  0.780",
    ahead(np.array([[1.0], [0.5]]), np.zeros((2, 1)), 5),
)

TASK = Task(
    name="sines",
    about="Two sine waves of different period are added: say the next value, which takes four values to know.",
    source="a standard exercise; here with periods 20 and 7, random phases and amplitudes",
    make=make,
    inputs=1,
    outputs=1,
    length=50,
    lengths=(MEMORY, 1000),
    metric=MSE,
    goal=0.001,
    example=EXAMPLE,
    solved_by=("gru",),
    recipe={"hidden": 32, "batch": 32, "optimizer": "adam", "lr": 0.01, "clip": 1.0, "budget": 3000},
    future=True,
    baseline=baseline,
)
