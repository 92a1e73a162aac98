"""Plan: what is to be trained side by side, one to four Experiments of one task, and the link that carries it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from rnn_core import tasks
from rnn_core.cells import CELLS
from rnn_core.experiment import BUDGET, SIDE_BY_SIDE, TRAINING, Choice, Experiment, Whole
from rnn_core.invalid import Invalid
from rnn_core.link import lenient, written

VERSION = "1"
USUAL, USUAL_CELLS = "adding", ("gru", "rnn")  # where a link says nothing: one learns it in seconds, the other never
SHARED = ("task", "data", "length", "batch", "seed", "carry", "dtype", "budget")  # or there would be nothing to compare


@dataclass(frozen=True)
class Plan:
    """All experiments have the settings in SHARED in common, so that they read the same sequences; where `grow`
    differs, cut to other lengths.

    Raises Invalid for too many, and where they differ in what they must share.
    """

    experiments: tuple[Experiment, ...]

    def __post_init__(self) -> None:
        Whole(1, SIDE_BY_SIDE).check("models", len(self.experiments))
        for name in SHARED:
            for each in self.experiments:
                if getattr(each, name) != getattr(self.first, name):
                    raise Invalid("not-shared", name, getattr(each, name), getattr(self.first, name))

    @property
    def first(self) -> Experiment:
        return self.experiments[0]

    @property
    def differing(self) -> tuple[str, ...]:
        """The settings in which the models differ."""
        return tuple(name for name in TRAINING if len({getattr(each, name) for each in self.experiments}) > 1)

    def alike(self, other: Plan) -> bool:
        """The same, but for learning rates: those can be changed on the way."""
        if len(self.experiments) != len(other.experiments):
            return False
        return all(replace(a, lr=b.lr) == b for a, b in zip(self.experiments, other.experiments, strict=True))

    @classmethod
    def usual(cls, task: str = USUAL, cells: tuple[str, ...] = (), **given: Any) -> Self:
        """A task's recipe for one cell or several, with `given` settings in its place.

        Raises Invalid as `Experiment.from_task` does.
        """
        first = Experiment.from_task(task, cells[0] if cells else None, **given)
        shared = {name: getattr(first, name) for name in SHARED if name != "task"}
        others = (Experiment.from_task(task, cell, **{**given, **shared}) for cell in cells[1:])
        return cls((first, *others))

    def changed(self, field: str, value: Any, k: int | None = None) -> Self:
        """The Plan after one setting has a new value, in model k or, for None, in all.

        Another task or other data bring their recipes; another cell brings its own. Raises Invalid where it cannot be.
        """
        if field == "task":
            return self.usual(value, tuple(each.cell for each in self.experiments))
        if field == "data":
            return self.usual(self.first.task, tuple(each.cell for each in self.experiments), data=value)
        if field == "cell":
            shared = {name: getattr(self.first, name) for name in SHARED if name != "task"}
            return self._with(lambda _: Experiment.from_task(self.first.task, value, **shared), k)
        return self._with(lambda each: replace(each, **{field: value}), k)

    def prolonged(self, budget: int) -> Self:
        """The same with a larger budget: its training is this one's, and more. Raises Invalid where it would be
        another, since a learning rate goes by the budget."""
        Whole(self.first.budget, BUDGET).check("budget", budget)
        if any(each.schedule != "constant" for each in self.experiments):
            raise Invalid("scheduled", "budget", budget)
        return self.changed("budget", budget)

    def added(self) -> Self:
        """With one model more: the recipe of another cell, of those that solve the task first."""
        cells = [*tasks.load(self.first.task).solved_by, "rnn", "gru", "lstm", *CELLS]
        used = {each.cell for each in self.experiments}
        cell = next((cell for cell in cells if cell not in used), self.experiments[-1].cell)
        more = type(self)((*self.experiments, self.experiments[-1]))
        return more.changed("cell", cell, len(self.experiments))

    def without(self, k: int) -> Self:
        return type(self)((*self.experiments[:k], *self.experiments[k + 1 :]))

    def _with(self, change: Any, k: int | None) -> Self:
        chosen = range(len(self.experiments)) if k is None else (k,)
        return type(self)(tuple(change(each) if j in chosen else each for j, each in enumerate(self.experiments)))

    # ---- Its link

    def to_query(self) -> dict[str, str]:
        """Every setting; a value for each model where they differ. Nobody's data are in it, only their SHA-256."""
        settings = [each.settings() for each in self.experiments]
        query = {"v": VERSION}
        for name in TRAINING:
            values = [written(each.get(name, getattr(self.first, name))) for each in settings]
            if any(name in each for each in settings):
                one = len(set(values)) == 1 and name != "cell"  # the cells say how many models there are
                query[name] = values[0] if one else " ".join(values)
        return query

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> tuple[Self, list[Invalid]]:
        """Read a link, whatever it holds: a Plan, and what had to be mended to get it.

        Several values of a setting, parted by spaces, are those of several models; the last goes on for the rest. What
        the link does not say is as in the task's recipe.
        """
        notices: list[Invalid] = []
        if not any(name in query for name in TRAINING):
            return cls.usual(USUAL, USUAL_CELLS), notices
        task = lenient("task", Choice(tasks.names()), query.get("task", USUAL), notices) or USUAL
        words = {name: query.get(name, "").split() for name in TRAINING if name != "task"}
        count = max(1, *(len(some) for name, some in words.items() if name not in SHARED))
        if count > SIDE_BY_SIDE:
            notices.append(Invalid("range", "models", count, (1, SIDE_BY_SIDE)))
        values = {name: [_value(name, word, notices) for word in some[:SIDE_BY_SIDE]] for name, some in words.items()}
        for name in SHARED:
            usable = [value for value in values.pop(name, ()) if value is not UNUSABLE]
            notices += [Invalid("not-shared", name, value, usable[0]) for value in usable if value != usable[0]]
            values[name] = usable[:1]
        done: list[Experiment] = []
        for k in range(min(count, SIDE_BY_SIDE)):
            given = {name: each[min(k, len(each) - 1)] for name, each in values.items() if each}
            given = {name: value for name, value in given.items() if value is not UNUSABLE}
            if count > 1 and "f" not in CELLS[given.get("cell", "lstm")].blocks:
                given.pop("forget_bias", None)  # meant for the LSTMs among them
            common = {name: getattr(done[0], name) for name in SHARED} if done else {"task": task}
            done += _mended({name: value for name, value in given.items() if name not in common}, common, notices)
        return cls(tuple(done) or (Experiment.from_task(task),)), notices


UNUSABLE = object()
PRICES = ("too-much-an-update", "too-much-memory", "too-much-training")  # whose bound is what can be paid
SIZES = ("hidden", "layers", "bidirectional", "embedding", "length")  # what costs most


def _mended(given: dict[str, Any], common: dict[str, Any], notices: list[Invalid]) -> list[Experiment]:
    """The Experiment, giving up one setting at a time where they contradict each other or cost too much; none where it
    still cannot be."""
    settings = {name: value for name, value in common.items() if name != "task"}
    lowered: set[str] = set()
    while True:
        try:
            return [Experiment.from_task(common["task"], **given, **settings)]
        except Invalid as problem:
            field, price = problem.field, problem.code in PRICES
            if not price and field in given:
                del given[field]
            elif price and problem.bound and field not in {*common, *lowered}:
                lowered.add(field)
                given[field] = problem.bound
                notices.append(problem)
                problem = Invalid("lowered", field, problem.bound)
            elif large := next((name for name in SIZES if name in given), None):
                problem = Invalid("ignored", large, given.pop(large))
            else:
                notices.append(problem)
                return []
            notices.append(problem)


def _value(name: str, word: str, notices: list[Invalid]) -> Any:
    rule = TRAINING[name]
    if getattr(rule, "optional", False) and word == "None":
        return None
    value = lenient(name, rule, word, notices)
    return UNUSABLE if value is None else value
