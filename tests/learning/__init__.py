"""Does every recipe learn its task? Five seeds a row, all of them listed: `python -m tests.learning [TASK]`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rnn_core import tasks
from rnn_core.experiment import Experiment
from rnn_core.training import Run

SEEDS = (11, 12, 13, 14, 15)  # recipes were chosen on others
ENOUGH = 4  # of five

ROWS = {name: tasks.load(name).solved_by for name in tasks.names()}


class Outcome(NamedTuple):
    """One seed: the update at which it solved the task, or None; the last score; wall time."""

    solved_at: int | None
    score: float
    seconds: float


def outcome(task: str, cell: str, seed: int, **settings: object) -> Outcome:
    """Train the recipe to its end."""
    run = Run(Experiment.from_task(task, cell, seed=seed, **settings))
    seconds = sum(report.seconds for report in run)
    return Outcome(run.solved_at, run.history.exams[-1].score if run.history.exams else float("nan"), seconds)


def line(task: str, cell: str, outcomes: Iterable[Outcome]) -> str:
    """A row of the table."""
    outcomes = list(outcomes)
    solved = sum(each.solved_at is not None for each in outcomes)
    each = "  ".join(f"{o.solved_at or f'({o.score:.3g})'!s:>7}" for o in outcomes)
    return f"{task:15} {cell:5} {solved}/{len(outcomes)}  {each}  {sum(o.seconds for o in outcomes):6.1f} s"
