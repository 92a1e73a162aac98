"""LSTM beside GRU beside RNN: the same input and seed, how many parameters each has and how long it takes."""

from __future__ import annotations

from math import prod
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from rnn_core.params import Params, init_params, shapes
from rnn_core.unroll import Trace, unroll

BESIDE = ("rnn", "gru", "lstm")


def size(cell: str, input_size: int, hidden_size: int) -> int:
    """How many numbers one layer's parameters are: G·H·(I + H + 2). A GRU's are 3/4 of an LSTM's (Cho et al. 2014)."""
    return sum(prod(shape) for shape in shapes(cell, input_size, hidden_size).values())


def beside(
    x: np.ndarray, hidden_size: int, seed: int = 0, cells: tuple[str, ...] = BESIDE, **init: Any
) -> dict[str, tuple[Params, Trace]]:
    """Each cell, drawn from the same seed, reading the same x (T, B, I). init: further arguments of `init_params`.

    Raises Invalid as `init_params` and `unroll` do.
    """
    found = {}
    for cell in cells:
        params = init_params(cell, x.shape[-1], hidden_size, seed, **init)
        found[cell] = params, unroll(cell, params, x)
    return found


def seconds(cell: str, params: Params, x: np.ndarray, repeats: int = 9) -> float:
    """What a time step of `unroll` takes on this machine: the median of so many runs, divided by T."""
    took = []
    for _ in range(repeats + 1):
        began = perf_counter()
        unroll(cell, params, x)
        took.append(perf_counter() - began)
    return median(took[1:]) / len(x)  # the first run finds nothing warm
