"""Parity: after every bit, was the number of ones so far odd? One bit of memory, turned over by each one."""

from __future__ import annotations

import math

import numpy as np

from rnn_core.batch import Batch
from rnn_core.tasks import WHOLE, Example, Task


def make(rng: np.random.Generator, length: int, size: int) -> Batch:
    """x (T, B, 1): fair bits. target (T, B, 1): 1 where the ones up to here are odd."""
    return counted(rng.integers(0, 2, (length, size)))


def counted(bits: np.ndarray) -> Batch:
    """bits (T, B)."""
    odd = np.bitwise_xor.accumulate(bits, axis=0)
    return Batch(bits[..., None].astype(float), odd[..., None].astype(float), np.ones(bits.shape, bool), "binary")


EXAMPLE = Example("1 1 0 1 0  ->  1 0 0 1 1", counted(np.array([[1], [1], [0], [1], [0]])))

TASK = Task(
    name="parity",
    about="After every bit, say whether there were an odd number of ones so far.",
    source="Minsky & Papert 1969",
    make=make,
    inputs=1,
    outputs=1,
    length=20,
    lengths=(1, 1000),
    metric=WHOLE,
    goal=0.99,
    example=EXAMPLE,
    solved_by=("gru", "lstm", "rnn"),
    recipe={"hidden": 16, "batch": 32, "optimizer": "adam", "lr": 0.01, "clip": 1.0, "budget": 1500},
    baseline=lambda length: ("tossing a coin", math.log(2)),
)
