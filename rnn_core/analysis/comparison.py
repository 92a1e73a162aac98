"""What cells cost beside each other: how many parameters each has, and how long a time step takes."""

from __future__ import annotations

from math import prod
from statistics import median
from time import perf_counter
from typing import NamedTuple

import numpy as np

from rnn_core.params import Params, shapes
from rnn_core.unroll import unroll


def size(cell: str, input_size: int, hidden_size: int) -> int:
    """How many numbers one layer's parameters are: G·H·(I + H + 2). A GRU's are 3/4 of an LSTM's (Cho et al. 2014)."""
    return sum(prod(shape) for shape in shapes(cell, input_size, hidden_size).values())


class Seconds(NamedTuple):
    """The median of some runs, the fastest and the slowest."""

    median: float
    least: float
    most: float


def seconds(cell: str, params: Params, x: np.ndarray, repeats: int = 9) -> Seconds:
    """What a time step of `unroll` takes on this machine: so many runs, each divided by T."""
    took = []
    for _ in range(repeats + 1):
        began = perf_counter()
        unroll(cell, params, x)
        took.append(perf_counter() - began)
    warm = [each / len(x) for each in took[1:]]  # the first run finds nothing warm
    return Seconds(median(warm), min(warm), max(warm))
