"""Recipes solve their tasks, and what cannot be learnt is not; by default a seed each of the quick ones."""

import math
import os

import numpy as np
import pytest

from rnn_core import Experiment
from rnn_core.training import Run
from tests.learning import ENOUGH, ROWS, SEEDS, outcome

FULL = bool(os.environ.get("UNROLLED_FULL"))
QUICK = ("adding", "anbn", "brackets", "parity", "reber", "sine", "sines", "sentiment")
EVERY = [(task, cell) for task in (ROWS if FULL else QUICK) for cell in ROWS[task]]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("task", "cell"), EVERY)
def test_a_recipe_solves_its_task(task: str, cell: str) -> None:
    """In full, 4 of 5 seeds; else the first that does, of two."""
    seeds, enough = (SEEDS, ENOUGH) if FULL else (SEEDS[:2], 1)
    solved = 0
    for seed in seeds:
        solved += outcome(task, cell, seed).solved_at is not None
        if solved == enough:
            return
    pytest.fail(f"{solved} of {len(seeds)} seeds")


@pytest.mark.skipif(not FULL, reason="takes a minute; make verify runs it")
@pytest.mark.timeout(600)
def test_a_tanh_rnn_does_not_add_over_a_hundred_steps() -> None:
    """It ends near the loss of always saying 1, which is 1/6."""
    for seed in SEEDS[:3]:
        ended = outcome("adding", "rnn", seed, length=100)
        assert ended.solved_at is None
        assert 0.14 < ended.score < 0.19  # of always saying 1, on these very sequences: 0.181


@pytest.mark.parametrize(("cell", "within"), [("rnn", 0.03), ("lstm", 0.02), ("gru", 0.02)])
def test_a_language_model_starts_at_the_log_of_its_vocabulary(cell: str, within: float) -> None:
    """Nothing learnt, every letter is as good as any other: ln V nats. A tanh RNN's larger states guess more boldly."""
    runs = [Run(Experiment.from_task("next-char", cell, seed=seed), "numpy") for seed in SEEDS]
    starts = [run.single().losses[0] for run in runs]
    assert abs(np.mean(starts) - math.log(runs[0].task.outputs)) < within


@pytest.mark.parametrize(("task", "least"), [("adding", 1.0), ("parity", 0.98), ("copy", 0.98)])
def test_nothing_learnt_is_not_below_the_baseline(task: str, least: float) -> None:
    """An untrained network is no better than the guess without memory, up to the chance of a batch."""
    run = Run(Experiment.from_task(task, "gru", seed=SEEDS[0]), "numpy")
    guess = run.baseline()
    assert guess is not None
    assert run.take(5).losses.mean() > least * guess[1]
