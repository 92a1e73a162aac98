"""A series of measurements, one step ahead: sunspots, carbon dioxide, the Nile, or one's own.

What is read and asked is the change from each value to the next: so a series that climbs, as carbon dioxide does, stays
in the range that was learnt from, and saying that nothing will change is saying 0. The first three quarters are learnt
from, and the root mean square of their changes is the unit. The last quarter is the exam.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from rnn_core.batch import Batch
from rnn_core.invalid import Invalid
from rnn_core.readers import numbers
from rnn_core.tasks import HELD_OUT, Example, Metric, Task
from rnn_core.tasks._data import read

SHORTEST, LONGEST = 50, 20_000  # numbers of one's own series
LENGTH = 24


def share_of_standing_still(guess: np.ndarray, batch: Batch) -> float:
    """Mean squared error, over that of saying that nothing changes."""
    error = guess - batch.target
    return float(np.mean((error * error)[batch.asked]) / np.mean((batch.target**2)[batch.asked]))


METRIC = Metric("error ÷ error of “no change”", share_of_standing_still, high_is_good=False)


class Series:
    """Values made ready to learn from: `changes` (N−1,), the first `learnt` of them to learn from.

    Raises Invalid where either part stands still, to a billionth of the largest value.
    """

    def __init__(self, values: np.ndarray):
        changes = np.diff(values)
        self.learnt = len(values) * 3 // 4 - 1
        unit, exam_unit = (np.sqrt(np.mean(part**2)) for part in np.split(changes, [self.learnt]))
        if min(unit, exam_unit) <= 1e-9 * np.abs(values).max():
            raise Invalid("constant", "data", values[-1])
        self.changes = changes / unit

    def make(self, rng: np.random.Generator, length: int, size: int) -> Batch:
        """Random windows of the part to learn from, asked at every step."""
        self.check(length)
        return windows(self.changes, rng.integers(0, self.learnt - length, size), length)

    def exam(self, length: int) -> Batch:
        """Every change held out, or HELD_OUT of them evenly spread, is asked once, after the `length` before it."""
        self.check(length)
        held_out = len(self.changes) - self.learnt
        count = min(held_out, HELD_OUT)
        batch = windows(self.changes, self.learnt + np.arange(count) * held_out // count - length, length)
        batch.asked[:-1] = False
        return batch

    def check(self, length: int) -> None:
        """Raises Invalid where the part to learn from has no window of that length."""
        if length >= self.learnt:
            raise Invalid("range", "length", length, (1, self.learnt - 1))

    def weighted_sum(self, memory: int) -> float:
        """What the best weighted sum of so many changes attains, by least squares (an autoregression, Yule 1927)."""
        known, asked = windows(self.changes, np.arange(self.learnt - memory), memory), self.exam(memory)
        weights = np.linalg.lstsq(known.x[..., 0].T, known.target[-1], rcond=None)[0]
        return share_of_standing_still((asked.x[..., 0].T @ weights)[None], last(asked))


def last(batch: Batch) -> Batch:
    """Only the last step's question."""
    return Batch(batch.x, batch.target[-1:], batch.asked[-1:], batch.loss)


def windows(values: np.ndarray, start: np.ndarray, length: int) -> Batch:
    """x (T, B, 1): T numbers from each start on; target (T, B, 1): the number after each."""
    both = values[start + np.arange(length + 1)[:, None], None]
    return Batch(both[:-1], both[1:], np.ones((length, len(start)), bool), "squared")


def bound(series: Series, source: str, goal: float, recipe: dict[str, Any]) -> Task:
    """The task on a series."""
    longest = min(1000, series.learnt - 1)
    return Task(
        name="forecast",
        about="A series of measurements: say the next one, better than by saying that nothing will change.",
        source=source,
        make=series.make,
        inputs=1,
        outputs=1,
        length=min(LENGTH, longest),
        lengths=(2, longest),
        metric=METRIC,
        goal=goal,
        example=EXAMPLE,
        solved_by=("gru",),
        recipe={"hidden": 16, "batch": 32, "optimizer": "adam", "lr": 0.005, "clip": 1.0, "budget": 1000, **recipe},
        future=True,
        baseline=lambda length: ("saying that nothing changes", float(np.mean(last(series.exam(length)).target ** 2))),
        held_out=series.exam,
        data=tuple(SHIPPED),
        variant=variant,
        own=own,
    )


@cache
def variant(name: str) -> Task:
    """The task on a shipped series."""
    if name not in SHIPPED:
        raise Invalid("choice", "data", name, ", ".join(SHIPPED))
    rows = read(f"{name}.csv").decode().split()[1:]
    return bound(Series(np.array([float(row.split(",")[1]) for row in rows])), *SHIPPED[name])


def own(text: str) -> Task:
    """The task on one's own numbers. The goal is what the last two changes attain, or a tenth better than no change.

    Raises Invalid: not numbers, a table, too few, too many, or standing still.
    """
    across = [len(numbers(line)) for line in text.splitlines() if line.strip()]
    if len(across) > 2 and 1 < across[0] <= 5 and len(set(across)) == 1:  # a wrapped series hardly ends so evenly
        raise Invalid("columns", "data", across[0])
    values = np.array([float(number) for number in numbers(text)])
    if len(values) < SHORTEST:
        raise Invalid("too-few", "data", len(values), SHORTEST)
    if len(values) > LONGEST:
        raise Invalid("too-many", "data", len(values), LONGEST)
    series = Series(values)
    return bound(series, "one's own", float(np.clip(series.weighted_sum(2), 0.01, 0.9)), {})


# Source, goal, and what the recipe has otherwise. Twelve changes, weighted, attain 0.348, 0.076 and 0.689. The Nile is
# near to noise, and its hundred values are soon learnt by heart: it is asked for less, and gets weight decay.
SHIPPED: dict[str, tuple[str, float, dict[str, Any]]] = {
    "sunspots": ("sunspots each year 1700–2008, US National Geophysical Data Center; public domain", 0.35, {}),
    "co2": ("CO₂ at Mauna Loa each month 1958–2001, Keeling & Whorf 2004; public domain", 0.08, {}),
    "nile": ("flow of the Nile at Aswan each year 1871–1970, Cobb 1978; public domain", 0.85, {"weight_decay": 0.03}),
}
EXAMPLE = Example(
    "sunspots 5  11  16  23  36 change by  6  5  7  13:  6  5  7  ->  5  7  13",
    windows(np.array([6.0, 5, 7, 13]), np.zeros(1, int), 3),
)
TASK = variant("sunspots")
