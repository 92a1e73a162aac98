"""The copy problem: ten symbols are read, nothing follows for a long time, and then they are to be said again."""

from __future__ import annotations

import math

import numpy as np

from rnn_core.batch import Batch
from rnn_core.tasks import Example, Metric, Task, right

SYMBOLS = 8  # of them a sequence has
ITEMS = 10
BLANK, GO = 0, SYMBOLS + 1  # the symbols are 1 … 8 between them


def make(rng: np.random.Generator, length: int, size: int) -> Batch:
    """`length` is the delay; T = length + 20."""
    return recalled(rng.integers(1, GO, (ITEMS, size)), length)


def recalled(symbols: np.ndarray, delay: int) -> Batch:
    """symbols (n, B), delay−1 blanks, "go", n blanks. To be said: blanks up to and with "go", then the symbols."""
    n, size = symbols.shape
    x, target = np.full((2, delay + 2 * n, size), BLANK)
    x[:n] = target[-n:] = symbols
    x[-n - 1] = GO
    return Batch(x, target, np.ones_like(target, bool), "cross-entropy")


def share_recalled(guess: np.ndarray, batch: Batch) -> float:
    """Of the symbols: the blanks before them are asked too, but anybody gets those right."""
    return float(np.mean(right(guess, batch)[batch.target != BLANK]))


EXAMPLE = Example(
    "3 1 _ _ ! _ _  ->  _ _ _ _ _ 3 1    (two symbols, a delay of 3; _ is blank, ! says: now)",
    recalled(np.array([[3], [1]]), 3),
)

TASK = Task(
    name="copy",
    about="Read ten symbols, wait, and at a sign say all ten again in their order.",
    source="Arjovsky, Shah & Bengio 2016, after Hochreiter & Schmidhuber 1997",
    make=make,
    inputs=SYMBOLS + 2,
    outputs=SYMBOLS + 1,
    length=20,
    lengths=(1, 980),
    metric=Metric("symbols recalled", share_recalled, high_is_good=True),
    goal=0.95,  # where guessing recalls 1 in 8
    example=EXAMPLE,
    solved_by=("gru", "lstm"),
    recipe={"hidden": 128, "batch": 32, "init": "xavier", "optimizer": "adam", "lr": 0.01, "clip": 0.1, "budget": 8000},
    cells={"lstm": {"forget_bias": 3.0, "init": "orthogonal", "optimizer": "rmsprop", "lr": 0.004}},
    tokens=True,
    symbols=("_", *map(str, range(1, GO)), "!"),
    length_is="steps of delay",
    baseline=lambda length: ("saying when, not what", ITEMS * math.log(SYMBOLS) / (length + 2 * ITEMS)),
)
