"""Parity, asked only at the end: the same memory, but nothing says what to do on the way.

At full length it is hardly ever found: all bits matter equally, and any one of them changes the answer. It is found
when sequences begin with two bits and grow.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from rnn_core.batch import Batch
from rnn_core.tasks import ACCURACY, Example, Task
from rnn_core.tasks.parity import counted


def make(rng: np.random.Generator, length: int, size: int) -> Batch:
    """x (T, B, 1): fair bits. target (1, B, 1): 1 where the number of ones is odd."""
    return at_the_end(rng.integers(0, 2, (length, size)))


def at_the_end(bits: np.ndarray) -> Batch:
    """bits (T, B)."""
    every = counted(bits)
    return replace(every, target=every.target[-1:], asked=every.asked[-1:])


EXAMPLE = Example("1 1 0 1 0  ->  1", at_the_end(np.array([[1], [1], [0], [1], [0]])))

TASK = Task(
    name="parity-last",
    about="Read bits and say only at the end whether there were an odd number of ones.",
    source="Bengio, Simard & Frasconi 1994; growing sequences after Elman 1993",
    make=make,
    inputs=1,
    outputs=1,
    length=20,
    lengths=(1, 1000),
    metric=ACCURACY,
    goal=0.99,
    example=EXAMPLE,
    solved_by=("lstm",),
    recipe={"hidden": 16, "batch": 128, "optimizer": "adam", "lr": 0.01, "clip": 1.0, "grow": 40, "budget": 3000},
    cells={"rnn": {"grow": 70}},
    last=True,
    baseline=lambda length: ("tossing a coin", math.log(2)),
)
