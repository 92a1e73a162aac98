"""Tasks to learn: each file beside this one holds one, as `TASK`, and is found by being there.

A task makes sequences from a generator, says what is asked about them and how answers are scored, and knows when it
is *solved*: when its metric reaches the goal on a set of sequences that is fixed and never trained on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, NamedTuple

import numpy as np

from rnn_core.batch import Batch
from rnn_core.invalid import Invalid

HELD_OUT = 256  # sequences
HELD_OUT_SEED = 1997


class Metric(NamedTuple):
    """How answers are scored, for people. score(guess (U, B, O), batch) → one number; guess is after σ or softmax."""

    name: str
    score: Callable[[np.ndarray, Batch], float]
    high_is_good: bool

    def met(self, value: float, goal: float) -> bool:
        return value >= goal if self.high_is_good else value <= goal


class Example(NamedTuple):
    """One small sequence worked by hand: `text` for people, `batch` the same as the model gets it (B = 1)."""

    text: str
    batch: Batch


@dataclass(frozen=True, eq=False)
class Task:
    """Something to learn.

    about     one sentence
    source    the paper, or where the data are from and under which licence
    make      (rng, length, size) → Batch of `size` sequences
    inputs    I, or the size V of the vocabulary where x holds token numbers (`tokens`)
    outputs   O
    length    the usual length; `lengths` the least and the largest; `length_is` what it counts
    metric    and goal: when it is solved
    example   worked by hand
    recipe    settings of the Experiment for every cell; `cells`: what a cell wants otherwise
    solved_by the cells whose recipe is promised to solve it on 4 of 5 seeds, the usual one first
    symbols   what each token is called by people, and each output where there are several; empty: by number
    written   (I,) → the numbers of a step, as people write them; None: one after the other
    last      asked only after the last step
    future    the target is yet to be read, so a model must not read backwards
    baseline  length → (what it is, the loss of a guess without memory), where one is known
    held_out  length → the fixed set on which *solved* is decided; HELD_OUT sequences from `make` where not given
    stream    (update, length, size) → the next chunk of `size` endless sequences, for a state that is carried on
    data      names of shipped data sets, the usual one first; `variant`: a name → the task on those data
    own       a person's own text → the task on it. Raises Invalid where the text cannot be used
    """

    name: str
    about: str
    source: str
    make: Callable[[np.random.Generator, int, int], Batch]
    inputs: int
    outputs: int
    length: int
    lengths: tuple[int, int]
    metric: Metric
    goal: float
    example: Example
    solved_by: tuple[str, ...]
    recipe: dict[str, Any]
    cells: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: bool = False
    symbols: tuple[str, ...] = ()
    written: Callable[[np.ndarray], str] | None = None
    last: bool = False
    future: bool = False
    length_is: str = "time steps"
    baseline: Callable[[int], tuple[str, float]] | None = None
    held_out: Callable[[int], Batch] | None = None
    stream: Callable[[int, int, int], Batch] | None = None
    data: tuple[str, ...] = ()
    variant: Callable[[str], Task] | None = None
    own: Callable[[str], Task] | None = None

    def exam(self, length: int) -> Batch:
        """The held-out set: the same on every machine, whatever the Experiment's seed."""
        if self.held_out is not None:
            return self.held_out(length)
        return self.make(np.random.default_rng(HELD_OUT_SEED), length, HELD_OUT)


@cache
def names() -> tuple[str, ...]:
    """The names of all tasks, from the files alone: nothing is imported."""
    found = iter_modules([str(Path(__file__).parent)])
    return tuple(sorted(module.name.replace("_", "-") for module in found if not module.name.startswith("_")))


def load(name: str) -> Task:
    """The task of that name. Raises Invalid if there is none."""
    if name not in names():
        raise Invalid("choice", "task", name, ", ".join(names()))
    return import_module(f"rnn_core.tasks.{name.replace('-', '_')}").TASK


# ---- Metrics that several tasks share; each takes the guess (U, B, O) and the batch


def mean_squared_error(guess: np.ndarray, batch: Batch) -> float:
    """Mean over what is asked and over outputs."""
    error = guess - batch.target
    return float(np.mean((error * error)[batch.asked]))


def right(guess: np.ndarray, batch: Batch) -> np.ndarray:
    """(U, B) bool: is the most likely class, or each yes or no (a guess above ½), the target?"""
    if batch.loss == "cross-entropy":
        return guess.argmax(axis=-1) == batch.target
    return ((guess > 0.5) == (batch.target > 0.5)).all(axis=-1)


def share_right(guess: np.ndarray, batch: Batch) -> float:
    """Of all answers."""
    return float(np.mean(right(guess, batch)[batch.asked]))


def share_of_sequences_right(guess: np.ndarray, batch: Batch) -> float:
    """Sequences without a single wrong answer."""
    return float(np.mean((right(guess, batch) | ~batch.asked).all(axis=0)))


MSE = Metric("mean squared error", mean_squared_error, high_is_good=False)
ACCURACY = Metric("answers right", share_right, high_is_good=True)
WHOLE = Metric("sequences right", share_of_sequences_right, high_is_good=True)
