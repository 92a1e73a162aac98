"""The language aⁿbⁿ: as many b as there were a. No finite grammar knows it; a network has to count."""

from __future__ import annotations

import math

import numpy as np

from rnn_core.batch import Batch
from rnn_core.tasks import WHOLE, Example, Task
from rnn_core.tasks._grammar import word

ALPHABET = "SabT"
A, B, T = 1, 2, 3


def make(rng: np.random.Generator, length: int, size: int) -> Batch:
    """n is any of 1 … length, equally likely."""
    return words(rng.integers(1, length + 1, size), length)


def words(n: np.ndarray, length: int) -> Batch:
    """S aⁿ bⁿ T for each n (B,), padded to 2·length + 2 steps. target (T, B, 4): the letters that may come next.

    After S comes a; after a, a or b; from the first b on all is certain: more b, and T after the last.
    """
    t = np.arange(2 * length + 2)[:, None]
    x = 1 * (t >= 1) + 1 * (t > n) + 1 * (t > 2 * n)  # 0 S, 1 a, 2 b, 3 T
    lengths = 2 * n + 2
    target = np.zeros((*x.shape, len(ALPHABET)))
    target[..., A] = t <= n
    target[..., B] = (t >= 1) & (t < 2 * n)
    target[..., T] = t == 2 * n
    return Batch(np.where(t < lengths, x, 0), target, t < lengths - 1, "binary", lengths)


def baseline(length: int) -> tuple[str, float]:
    """Only after b does the letter leave a doubt: of m on average, was it the last?

    The loss is H(1/m) there, for b and for T, at m of the 2m + 1 steps, and 0 for all else.
    """
    m = (length + 1) / 2
    doubt = m * math.log(m) - (m - 1) * math.log(m - 1)  # m·H(1/m)
    return "looking only at the letter just read", 2 * doubt / (len(ALPHABET) * (2 * m + 1))


TASK = Task(
    name="anbn",
    about="Some a and then as many b: count, so as to know when the word ends.",
    source="Gers & Schmidhuber 2001",
    make=make,
    inputs=len(ALPHABET),
    outputs=len(ALPHABET),
    length=10,
    lengths=(2, 499),
    metric=WHOLE,
    goal=1.0,
    example=Example(
        "S a a b b T  ->  a ab ab b T    (S starts and T stops; the second b is certain to be the last)",
        word(ALPHABET, "SaabbT", ["a", "ab", "ab", "b", "T"]),
    ),
    solved_by=("lstm",),
    recipe={"hidden": 8, "batch": 32, "optimizer": "adam", "lr": 0.01, "clip": 1.0, "budget": 3000},
    tokens=True,
    symbols=tuple(ALPHABET),
    future=True,
    length_is="letters a at most",
    baseline=baseline,
    held_out=lambda length: words(np.arange(1, length + 1), length),  # there are no others: each once
)
