"""The adding problem, as it is posed today: two marked numbers of U[0, 1] are to be added."""

from __future__ import annotations

import numpy as np

from rnn_core.batch import Batch
from rnn_core.tasks import MSE, Example, Task


def make(rng: np.random.Generator, length: int, size: int) -> Batch:
    """x (T, B, 2): a number of U[0, 1] and a mark; one mark in each half. target (1, B, 1): the sum of the marked."""
    half = length // 2
    first, second = rng.integers(0, half, size), rng.integers(half, length, size)
    return marked(rng.random((length, size)), first, second)


def marked(numbers: np.ndarray, first: np.ndarray, second: np.ndarray) -> Batch:
    """numbers (T, B), the places of the two marks (B,)."""
    size = numbers.shape[1]
    x = np.stack([numbers, np.zeros_like(numbers)], axis=-1)
    column = np.arange(size)
    x[first, column, 1] = x[second, column, 1] = 1
    total = numbers[first, column] + numbers[second, column]
    return Batch(x, total[None, :, None], np.ones((1, size), bool), "squared")


def written(x: np.ndarray) -> str:
    """0.70* where the mark is 1, 0.70| where it is −1."""
    number, mark = x
    return f"{number:.2f}{'*' if mark > 0 else '|' if mark < 0 else ''}"


EXAMPLE = Example(
    "0.4  0.7*  0.1  0.3*  ->  1.0    (* is marked: 0.7 + 0.3)",
    marked(np.array([[0.4], [0.7], [0.1], [0.3]]), np.array([1]), np.array([3])),
)

TASK = Task(
    name="adding",
    about="Two numbers in a long sequence are marked: add them, and say the sum at the end.",
    source="Hochreiter & Schmidhuber 1997, in the form of Le, Jaitly & Hinton 2015",
    make=make,
    inputs=2,
    outputs=1,
    length=50,
    lengths=(2, 1000),
    metric=MSE,
    goal=0.01,
    example=EXAMPLE,
    solved_by=("gru", "lstm"),
    recipe={"hidden": 32, "batch": 32, "optimizer": "adam", "lr": 0.01, "clip": 1.0, "budget": 3000},
    cells={"rnn": {"lr": 0.001}},  # it does not learn it, but that is not for want of care
    written=written,
    last=True,
    baseline=lambda length: ("always saying 1", 1 / 6),
)
