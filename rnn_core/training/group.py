"""Group: the Runs of a Plan, side by side in lockstep: at every moment all have made the same number of updates.

Except those that have stopped: solved, diverged, or their budget spent. Where one of these goes on, the others wait.
"""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Sequence
from functools import cache
from itertools import chain, repeat
from statistics import median
from time import perf_counter
from typing import NamedTuple

import numpy as np

from rnn_core.invalid import Invalid
from rnn_core.model import Model, ModelTrace, backward, forward
from rnn_core.params import Params
from rnn_core.training.plan import Plan
from rnn_core.training.processor import training_mode
from rnn_core.training.run import DIVERGED, PAUSED, RUNNING, SPENT, History, Report, Run

ROUND = 0.02  # seconds of work after which others may have their turn
LOOK_SECONDS = 0.2  # between two looks at the probe sequence, at least …
LOOK_SHARE = 0.03  # … and no more than so much of the time that the updates take
ENDED = "ended"  # solved, spent or diverged, every one
RECENT = 9  # slices over which speed is measured


class Look(NamedTuple):
    """A model, and the trace with gradients of what it makes of the probe sequence."""

    model: Model
    trace: ModelTrace


class Slice(NamedTuple):
    """What happened in a slice of work: a Report of each Run, and where there was time for it a Look at each."""

    reports: tuple[Report, ...]
    looks: tuple[Look, ...] = ()


class Group:
    """runs, one for each Experiment; `before`, the histories that the last rewind ended, to compare with.

    own, start, device: as in Run; `start` for the first models, None for one that begins with drawn weights.
    Raises Invalid as Run does.
    """

    def __init__(self, plan: Plan, own: str | None = None, start: Sequence[Params | None] = (), device: str = "numpy"):
        self.plan, self.own, self.device = plan, own, device
        given = chain(start, repeat(None))
        self._be([Run(each, device, own, first) for each, first in zip(plan.experiments, given, strict=False)])

    def _be(self, runs: list[Run]) -> None:
        self.runs = runs
        self.before: list[History] = []
        self.took: list[float] = []  # seconds of an update of all, lately
        self.worked = self.looked = 0.0  # seconds of work since the last look, and of that look
        self.seen = 0.0  # when that was
        if any(run.choice.engine == "torch" for run in runs):
            settle()

    @property
    def state(self) -> str:
        """ "running" where any Run is, else "paused" where any is, else "ended"."""
        states = {run.state for run in self.runs}
        return next((state for state in (RUNNING, PAUSED) if state in states), ENDED)

    @property
    def made(self) -> int:
        """Updates made by those that have made most."""
        return max(run.made for run in self.runs)

    @property
    def speed(self) -> float:
        """Updates a second, of all together; 0 before it is known."""
        return 1 / median(self.took) if self.took else 0.0

    def advance(self, seconds: float, watch: bool = True, hurry: Callable[[], bool] = lambda: False) -> Slice:
        """Updates for about so long, at least one; with `watch` now and then also traces of the probe sequence. It ends
        sooner where `hurry`, which is asked after every round, says that somebody waits."""
        began = perf_counter()
        each = median(self.took) if self.took else math.inf
        wanted, some = (max(1, int(time / each)) for time in (seconds, ROUND))
        starts = [run.made for run in self.runs]
        start = min((run.made for run in self.runs if run.state == RUNNING), default=0)
        for made in range(start, start + wanted, some):
            for run in self.runs:
                run.take(max(0, min(made + some, start + wanted) - run.made))
            if hurry():
                break
        took = max(1e-6, perf_counter() - began)
        reports = tuple(run.since(at, took) for run, at in zip(self.runs, starts, strict=True))
        stop = max((report.stop for report in reports if report.stop > report.start), default=start)
        self.worked += took
        if stop > start:
            self.took = [*self.took[1 - RECENT :], took / (stop - start)]
        due = perf_counter() - self.seen > LOOK_SECONDS and self.looked < LOOK_SHARE * self.worked
        return Slice(reports, self.look() if watch and due and not hurry() else ())

    def look(self, update: int | None = None) -> tuple[Look, ...]:
        """The probe sequence, read by every model as it was after so many updates, or as it ended before; None: now.

        Raises Invalid for what is no number of updates.
        """
        began = perf_counter()
        with training_mode(), np.errstate(over="ignore", invalid="ignore"):  # what explodes is shown
            looks = tuple(_look(run, run.made if update is None else min(update, run.made)) for run in self.runs)
        if update is None:
            self.seen, self.worked = perf_counter(), 0.0
            self.looked = self.seen - began
        return looks

    def single(self) -> Slice:
        """One update of each that can make one."""
        return Slice(tuple(run.single() for run in self.runs))

    def pause(self) -> Slice:
        """They work no more until `resume`."""
        for run in self.runs:
            run.pause()
        return self.rest()

    def resume(self) -> Slice:
        """Those that were paused or diverged go on, and those that spent a budget that is larger now; where all had
        ended and none did that, also those that had solved their task."""
        more = [run for run in self.runs if run.state == SPENT and run.made < run.experiment.budget]
        over = self.state == ENDED and not more
        for run in self.runs:
            if over or run in more or run.state in (PAUSED, DIVERGED):
                run.resume()
        return self.rest()

    def prolong(self, budget: int) -> Slice:
        """A larger budget, of which `resume` makes use. Raises Invalid where there can be none: see Plan.prolonged."""
        plan = self.plan.prolonged(budget)
        for run, each in zip(self.runs, plan.experiments, strict=True):
            each.check_price(run.task)
        for run, each in zip(self.runs, plan.experiments, strict=True):
            run.experiment = each
        self.plan = plan
        return self.rest()

    def rest(self, looks: tuple[Look, ...] = ()) -> Slice:
        """Nothing happened, but perhaps to the states."""
        return Slice(tuple(run.since(run.made, 0) for run in self.runs), looks)

    def set_lr(self, k: int, lr: float) -> Slice:
        """Raises Invalid as Run does."""
        self.runs[k].set_lr(lr)
        return self.rest()

    def rewind(self) -> None:
        """Back to the same first weights; what was learnt is kept in `before`."""
        if self.made:
            self.before = [run.history for run in self.runs]
        for run in self.runs:
            run.rewind()
            run.pause()

    def checkpoint(self) -> list[bytes]:
        """See Run.checkpoint; `before` is not in it."""
        return [run.checkpoint() for run in self.runs]

    @classmethod
    def restore(cls, plan: Plan, data: Sequence[bytes], own: str | None = None, device: str = "numpy") -> Group:
        """The Group of a checkpoint, where it was left. Raises Invalid where it is none."""
        group = cls.__new__(cls)
        group.plan, group.own, group.device = plan, own, device
        group._be([Run.restore(each, device, own) for each in data])
        if tuple(run.experiment for run in group.runs) != plan.experiments:
            raise Invalid("not-a-checkpoint", "checkpoint")
        return group


def _look(run: Run, update: int) -> Look:
    model = run.model(update)
    return Look(model, backward(model, forward(model, run.probe_set)))


@cache
def settle() -> None:
    """torch has brought 200,000 objects that a server's collector need not walk again after every rerun of a page."""
    gc.collect()
    gc.freeze()
