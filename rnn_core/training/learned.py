"""Learned: a network at one moment of its training, with the exam it is put to, to be looked at elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rnn_core.architecture import of_layer
from rnn_core.batch import Batch
from rnn_core.experiment import BUDGET, SIDE_BY_SIDE, Experiment, Whole
from rnn_core.invalid import Invalid
from rnn_core.levels import Level
from rnn_core.link import lenient
from rnn_core.model import Model, ModelTrace, backward, forward
from rnn_core.params import Params
from rnn_core.readers import Reading
from rnn_core.tasks import Task

if TYPE_CHECKING:
    from rnn_core.training.run import Run


class Moment(NamedTuple):
    """Where it is found: the id of the training, which of its models, counted from 0, and after how many updates; None:
    after as many as there are now."""

    run: str
    model: int = 0
    update: int | None = None

    def to_query(self) -> dict[str, str]:
        """The link."""
        return {name: str(value) for name, value in self._asdict().items() if value is not None}


def moment_from(query: Mapping[str, str]) -> tuple[Moment | None, list[Invalid]]:
    """Read a link, whatever it holds: a Moment, if it names one, and what had to be mended to get it."""
    notices: list[Invalid] = []
    if not query.get("run"):
        return None, notices
    rules = {"model": Whole(0, SIDE_BY_SIDE - 1), "update": Whole(0, BUDGET)}
    found = {name: lenient(name, rule, query[name], notices) for name, rule in rules.items() if name in query}
    return Moment(query["run"], found.get("model") or 0, found.get("update")), notices


@dataclass(frozen=True, eq=False)
class Learned:
    """A network that has learned.

    moment             where it is found, its update known
    experiment, task   what it learns
    model              its weights, as float64 whatever they are learned in
    exam               the sequences it is examined with
    key                says which network it is: what depends on the network alone may be kept under it
    """

    moment: Moment
    experiment: Experiment
    task: Task
    model: Model
    exam: Batch
    key: str

    @classmethod
    def of(cls, run: Run, moment: Moment) -> Learned:
        """The moment's update is one that the Run has made."""
        model = run.model(moment.update)
        model = Model(model.architecture, {name: value.astype(float) for name, value in model.params.items()})
        return cls(moment, run.experiment, run.task, model, run.exam_set, key_of(run, moment))

    def __repr__(self) -> str:
        return f"Learned({self.key!r})"

    def read_by(self, level: Level, batch: Batch) -> tuple[Params, np.ndarray]:
        """The parameters of a Level, and what it reads of these sequences, (T, B, I) in its own time."""
        with np.errstate(over="ignore", invalid="ignore"):  # an explosion is shown, not warned about
            layers = forward(self.model, batch).layers
        return of_layer(self.model.params, *level), layers[level.layer][level.direction].x

    @cached_property
    def sequences(self) -> int:
        """How many the exam has."""
        return self.exam.asked.shape[1]

    def reading(self, k: int) -> Reading:
        """The k-th sequence of the exam, from 0."""
        one, task = self.exam.one(k), self.task
        one_hot = task.tokens and not self.experiment.embedding
        named = one.loss == "cross-entropy" or (one.loss == "binary" and task.outputs > 1)
        letters, symbols = names(task, task.inputs if one_hot else 0), names(task, task.outputs if named else 0)
        return Reading(one.x, one.target, one.asked, one.loss, None, tokens(task, one), letters, symbols)

    def read(self, k: int) -> tuple[Reading, ModelTrace]:
        """The same, and the full trace of the network reading it, with gradients."""
        reading = self.reading(k)
        with np.errstate(over="ignore", invalid="ignore"):  # infinities are shown to the learner, not warned about
            return reading, backward(self.model, forward(self.model, reading))

    def longest(self, size: int, alike: bool = False) -> Batch:
        """So many of the exam's sequences, the longest first; alike: only those that are as long as the first."""
        lengths = self.exam.lengths
        if lengths is None:
            return self.exam.part(0, size)
        order = np.argsort(-lengths, kind="stable")[:size]
        return self.exam.some(order[lengths[order] == lengths.max()] if alike else order).cut()


def key_of(run: Run, moment: Moment) -> str:
    """Equal where the network is: a rewound Run may come by other learning rates to another one."""
    assert moment.update is not None
    rates = [(at, lr) for at, lr in run.history.rates if at < moment.update]
    return f"{moment.run} {moment.model} {moment.update} {rates}"


def names(task: Task, count: int) -> tuple[str, ...]:
    """What so many tokens or outputs are called by people: by number, where the task does not say."""
    return task.symbols[:count] or tuple(map(str, range(count)))


def tokens(task: Task, batch: Batch) -> tuple[str, ...]:
    """What the first of the sequences says at each step, for people: a letter, or its numbers."""
    if batch.x.ndim == 2:
        called = names(task, task.inputs)
        return tuple(called[token] for token in batch.x[:, 0])
    return tuple((task.written or numbers)(x) for x in batch.x[:, 0])


def numbers(x: np.ndarray) -> str:
    """(I,) to two digits each."""
    return " ".join(f"{value + 0.0:.2g}" for value in x)
