"""The adding problem as it was first posed: marked numbers of U[−1, 1], the answer scaled into (0, 1)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rnn_core.batch import Batch
from rnn_core.tasks import MSE, Example, Task
from rnn_core.tasks.adding import marked, written


def make(rng: np.random.Generator, length: int, size: int) -> Batch:
    """x (T, B, 2): a number of U[−1, 1] and a mark. target (1, B, 1): 0.5 + (the sum of the marked)/4.

    One mark is among the first ten steps, the other in the first half: the rest has to be waited through. Two things
    are simpler than in the paper. All sequences of a batch have T steps, where T to T + T/10 were drawn. And the
    very first step, which has a mark of its own, is never one of the two, where its number was then set to 0; so the
    variance of the answer is 1/24 exactly.
    """
    half = length // 2
    first, second = rng.integers(1, min(10, half), size), rng.integers(1, half - 1, size)
    return scaled(rng.uniform(-1, 1, (length, size)), first, second + (second >= first))


def scaled(numbers: np.ndarray, first: np.ndarray, second: np.ndarray) -> Batch:
    """numbers (T, B), the places of the two marks (B,). Where a sequence begins and ends the mark is −1."""
    batch = marked(numbers, first, second)
    batch.x[[0, -1], :, 1] = -1
    return replace(batch, target=0.5 + batch.target / 4)


EXAMPLE = Example(
    "0.3|  -0.8*  0.1  0.6*  0.9  -0.5|  ->  0.45    (* is marked: 0.5 + (-0.8 + 0.6)/4; | are the ends)",
    scaled(np.array([[0.3], [-0.8], [0.1], [0.6], [0.9], [-0.5]]), np.array([1]), np.array([3])),
)

TASK = Task(
    name="adding-1997",
    about="Add two marked numbers of which both come early, and keep the sum until the sequence ends.",
    source="Hochreiter & Schmidhuber 1997, experiment 4",
    make=make,
    inputs=2,
    outputs=1,
    length=50,
    lengths=(6, 1000),
    metric=MSE,
    goal=0.0025,  # of the variance the same share as in "adding"
    example=EXAMPLE,
    solved_by=("gru",),
    recipe={"hidden": 32, "batch": 32, "optimizer": "adam", "lr": 0.01, "clip": 1.0, "budget": 3000},
    written=written,
    last=True,
    baseline=lambda length: ("always saying 0.5", 1 / 24),
)
