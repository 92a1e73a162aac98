"""Experiment: everything that decides what is computed, as one small frozen value.

Limits on size and cost live here and nowhere else. Two tables hold the settings: `FIELDS` where a typed sequence is
read, `TRAINING` where a task is trained. The strict constructor checks against them, and a link (`scene`) is read
leniently through the first.
"""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote_plus

import numpy as np

from rnn_core import tasks
from rnn_core.architecture import DIRECTIONS, Architecture
from rnn_core.cells import CELLS
from rnn_core.clamp import GATES as ALL_GATES
from rnn_core.clamp import Clamp
from rnn_core.invalid import Invalid
from rnn_core.params import INITS
from rnn_core.presets import PRESETS
from rnn_core.readers import TARGETS, TOKENS, Reading, clean, read

OWN = "sha256:"  # what `data` begins with where it names a person's own
OWN_NAME = re.compile(OWN + "[0-9a-f]{64}")
OWN_TEXT, OWN_TABLE = 2**20, 5 * 2**20  # bytes of a person's own text, and of the table their series is in …
OWN_ROWS, OWN_COLUMNS = 50_000, 200  # … and how large that is at most
OWN_KEPT = 8  # of a person's own data, in one visit
LINK = 1780  # characters of a link's settings, changes included; the rest of 2 KB is for the host, language and cursor
LINK_TEXT = 1600  # characters a typed text may take in a link, so that the whole stays under 2 KB
WORK = 2_000_000  # multiplications in one trace with gradients: some milliseconds, and under 2 MB to the browser
SQUARES = 64 * 256  # numbers of states in one picture, units times steps: more would make a step wait
DRAWN_WEIGHTS = 350_000  # … and of weights, each with its gradient: 6 MB to the browser
GATHERED = 700_000  # … and of ∂L/∂W_hh as it gathers, one matrix a step: the same again
DESCENT_TIMES = 1000  # updates at once …
DESCENT_STEPS = 20_000  # … and their time steps all together: about a second
PHASE_WORK = 1_100_000_000  # multiplications with weight_hh in a phase diagram's networks, forwards: about a second
CLIFF_POINTS = 100_000  # of the cliff's surface at once: 50 MB for a moment, under half a second
# Of a training, in multiplications. On one CPU core: about an hour, about a second, and 1 GB of arrays.
TRAINING_WORK = 1e14
UPDATE_WORK = 2e10
UPDATE_NUMBERS = 2.5e8
BUDGET = 1_000_000  # updates of a training at most
SLOTS = 24  # trainings of visitors that a server keeps in memory
KEPT = 200  # … and checkpoints of those that nobody asks for any more
SIDE_BY_SIDE = 4  # models that learn at the same time
EXAM_PART = 32  # held-out sequences guessed at once, or the size of a batch where that is larger


class Choice(NamedTuple):
    """One of a few names."""

    options: tuple[str, ...]

    def check(self, field: str, value: Any) -> None:
        if value not in self.options:
            raise Invalid("choice", field, value, ", ".join(filter(None, self.options)))

    def nearest(self, text: str) -> str:
        if text not in self.options:
            raise ValueError(text)
        return text


class Whole(NamedTuple):
    """A whole number from low to high."""

    low: int
    high: int

    def check(self, field: str, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Invalid("type", field, value)
        if not self.low <= value <= self.high:
            raise Invalid("range", field, value, (self.low, self.high))

    def nearest(self, text: str) -> int:
        return min(max(round(_finite(text)), self.low), self.high)


class Flag(NamedTuple):
    """Yes or no."""

    def check(self, field: str, value: Any) -> None:
        if not isinstance(value, bool):
            raise Invalid("type", field, value)

    def nearest(self, text: str) -> bool:
        if text not in ("True", "False"):
            raise ValueError(text)
        return text == "True"


class Real(NamedTuple):
    """A finite number from low to high, or None where that is allowed."""

    low: float
    high: float
    optional: bool = False

    def check(self, field: str, value: Any) -> None:
        if value is None and self.optional:
            return
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Invalid("type", field, value)
        if not self.low <= value <= self.high:  # false for NaN too
            raise Invalid("range", field, value, (self.low, self.high))

    def nearest(self, text: str) -> float:
        return min(max(_finite(text), self.low), self.high)


class Several(NamedTuple):
    """Some of a few names, at least so many, in the order of the options."""

    options: tuple[str, ...]
    least: int = 1

    def check(self, field: str, value: Any) -> None:
        if not isinstance(value, tuple):
            raise Invalid("type", field, value)
        if len(value) < self.least or value != tuple(name for name in self.options if name in value):
            raise Invalid("choice", field, " ".join(map(str, value)), ", ".join(self.options))

    def nearest(self, text: str) -> tuple[str, ...]:
        wanted = text.split()
        if len(wanted) < self.least or not set(wanted) <= set(self.options):
            raise ValueError(text)
        return tuple(name for name in self.options if name in wanted)


class Signal(NamedTuple):
    """A number for each of so many steps, from low to high."""

    low: float
    high: float
    steps: int

    def check(self, field: str, value: Any) -> None:
        if not isinstance(value, tuple) or len(value) != self.steps:
            raise Invalid("type", field, value)
        for number in value:
            Real(self.low, self.high).check(field, number)

    def nearest(self, text: str) -> tuple[float, ...]:
        """Fewer numbers than steps: it stays at the last."""
        numbers = [Real(self.low, self.high).nearest(part) for part in text.split()]
        if not 1 <= len(numbers) <= self.steps:
            raise ValueError(text)
        return (*numbers, *numbers[-1:] * (self.steps - len(numbers)))


class Clamps(NamedTuple):
    """At most so many clamps, or None where that is allowed."""

    most: int
    optional: bool = False

    def check(self, field: str, value: Any) -> None:
        if value is None and self.optional:
            return
        if not isinstance(value, tuple) or not all(isinstance(one, Clamp) for one in value):
            raise Invalid("type", field, value)
        if len(value) > self.most:
            raise Invalid("range", field, len(value), (0, self.most))

    def nearest(self, text: str) -> tuple[Clamp, ...]:
        clamps = tuple(map(Clamp.from_text, text.split()))
        if len(clamps) > self.most:
            raise ValueError(text)
        return clamps


class Text(NamedTuple):
    """What the learner typed. Its content is the readers' business."""

    def check(self, field: str, value: Any) -> None:
        if not isinstance(value, str):
            raise Invalid("type", field, value)

    def nearest(self, text: str) -> str:
        return text


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


FIELDS: dict[str, Choice | Flag | Whole | Real | Text] = {
    "preset": Choice(("", *PRESETS)),
    "kind": Choice(tuple(TARGETS)),
    "text": Text(),
    "length": Whole(2, TOKENS),
    "period": Real(2, 60),
    "target": Choice(tuple(dict.fromkeys(target for targets in TARGETS.values() for target in targets))),
    "cell": Choice(tuple(CELLS)),
    "hidden": Whole(1, 64),
    "layers": Whole(1, 3),
    "bidirectional": Flag(),
    "init": Choice(INITS),
    "gain": Real(0, 3),
    "forget_bias": Real(-10, 10, optional=True),
    "seed": Whole(0, 9999),
}
SHAPE = ("kind", "target", "cell", "hidden", "layers", "bidirectional")  # what a network set by hand fixes
EDITED = Real(-1000, 1000)  # a weight or initial state set by hand
OPTIMIZERS = ("sgd", "momentum", "rmsprop", "adam")
SCHEDULES = ("constant", "linear", "cosine", "step")

TRAINING: dict[str, Choice | Flag | Whole | Real | Text] = {
    "task": Choice(("", *tasks.names())),
    "data": Text(),
    "length": Whole(1, 1000),
    "cell": Choice(tuple(CELLS)),
    "hidden": Whole(1, 512),
    "layers": Whole(1, 3),
    "bidirectional": Flag(),
    "embedding": Whole(0, 128),
    "init": Choice(INITS),
    "gain": Real(0, 3),
    "forget_bias": Real(-10, 10, optional=True),
    "seed": Whole(0, 9999),
    "optimizer": Choice(OPTIMIZERS),
    "lr": Real(1e-9, 100),
    "schedule": Choice(SCHEDULES),
    "batch": Whole(1, 1024),
    "clip": Real(1e-6, 1e6, optional=True),
    "weight_decay": Real(0, 1),
    "dropout": Real(0, 0.9),
    "grow": Whole(0, 1000),
    "carry": Flag(),
    "dtype": Choice(("float32", "float64")),
    "budget": Whole(1, BUDGET),
}

PHASE: dict[str, Any] = {
    "cell": FIELDS["cell"],
    "init": FIELDS["init"],
    "gain": FIELDS["gain"],
    "hidden": Whole(1, 64),
    "length": Whole(1, 500),
    "seeds": Whole(1, 100),
    "seed": Whole(0, 9999),
}
PHASE_VALUES = Whole(1, 50)  # along its axis

CLIFF: dict[str, Any] = {
    "w": Real(-20, 20),
    "b": Real(-20, 20),
    "lr": TRAINING["lr"],
    "clip": TRAINING["clip"],
    "steps": Whole(1, 1000),
}

LEVEL: dict[str, Any] = {"layer": Whole(1, 3), "direction": Choice(DIRECTIONS)}  # as in `levels`
GATES_WORK = 500 * 64**2 * 8  # T·B·H²: a figure in about a second
GRADIENTS_WORK = 4_000_000  # T·H²: all Jacobians of one sequence are S times as many numbers
MOMENTS = 8  # time steps of the one-unit laboratory
GATES: dict[str, Any] = {
    "view": Choice(("maps", "clamp", "variants", "cells", "memory")),
    "cell": Choice(("rnn", "gru", "gru-reset-before", "lstm")),
    "hidden": Whole(1, 64),
    **LEVEL,
    "data": Choice(("noise", "text", *tasks.names())),
    "text": Text(),
    "length": Whole(2, 200),
    "batch": Whole(1, 32),
    "init": FIELDS["init"],
    "gain": FIELDS["gain"],
    "keep_bias": Real(-10, 10, optional=True),
    "seed": Whole(0, 9999),
    "step": Whole(1, 1000),
    "clamps": Clamps(4, optional=True),
    "bias_gate": Choice(("", *ALL_GATES)),
    "bias": Real(-10, 10),
    "moment": Whole(1, MOMENTS),
    "write": Signal(0, 1, MOMENTS),
    "keep": Signal(0, 1, MOMENTS),
    "show": Signal(0, 1, MOMENTS),
    "value": Signal(-1, 1, MOMENTS),
    "start": Real(-5, 5),
}

NETWORKS = (*CELLS, "irnn")
GRADIENTS: dict[str, Any] = {
    "view": Choice(("norms", "jacobians", "itemised", "ways", "phase", "cliff", "cures", "unrolled")),
    "cells": Several(NETWORKS),
    "cell": Choice(NETWORKS),
    "hidden": Whole(1, 64),
    **LEVEL,
    "length": Whole(2, 500),
    "measure": Choice(("gain", "radius")),
    "scale": Real(0, 3),
    "init": FIELDS["init"],
    "seed": Whole(0, 9999),
    "keep_bias": Real(-5, 10),
    "data": Choice(("noise", "text", "adding", "copy", "parity", "sine", "next-char")),
    "text": Text(),
    "loss": Choice(("end", "every")),
    "spectrum": Flag(),
    "example": Flag(),
    "w": Real(3, 7),  # the cliff's wall from its beginning, and where the unclipped descent lands
    "b": Real(-4, 3),
    "lr": Real(0.01, 10),
    "clip": Real(0.01, 10),
    "update": Whole(0, 100),
}


@dataclass(frozen=True)
class Experiment:
    """What is read, and by which network. Same Experiment: same weights and data everywhere, same results to rounding.

    Where a typed sequence is read:

    preset       a network set by hand (it fixes the SHAPE), or "" for random weights
    kind         "text", "bits", "numbers" or "sine"; `text` is what was typed, `length` and `period` shape a sine
    target       what is asked at each step: "next", "parity", "first", "previous" or "sum"
    cell         a name from CELLS; `hidden` its number of units H
    layers, bidirectional   see `model.Architecture`
    init, gain, forget_bias, seed   as in `init_params`

    Where a task is trained (`from_task` fills in the task's recipe):

    task, length   a name from `tasks.names()` and what it calls length; `data`: which of its data sets, or "sha256:…"
                   of a person's own
    embedding    see `model.Architecture`
    optimizer, lr, schedule            the learning rate goes down to 0 over the budget: not at all ("constant"),
                                       in a line, along half a cosine, or by half at each third ("step")
    batch          sequences per update; `budget`: how many updates there are at most
    clip           the largest norm of the gradient over all parameters; None: not clipped
    weight_decay   times the weights, added to the gradient; `dropout`: share of h silenced between layers
    grow           updates before the sequences grow by one step, from 2 up to `length`; 0: full length at once
    carry          the state goes on from batch to batch through an endless stream, its gradient does not
    dtype          "float32" or "float64"

    Raises Invalid at the first value that cannot be used, the typed text and the total work included.
    """

    preset: str = ""
    kind: str = "text"
    text: str = "banana"
    length: int = 24
    period: float = 12.0
    target: str = "next"
    cell: str = "lstm"
    hidden: int = 6
    init: str = "torch"
    gain: float = 1.0
    forget_bias: float | None = None
    seed: int = 0
    task: str = ""
    data: str = ""
    layers: int = 1
    bidirectional: bool = False
    embedding: int = 0
    optimizer: str = "adam"
    lr: float = 0.01
    schedule: str = "constant"
    batch: int = 32
    clip: float | None = 1.0
    weight_decay: float = 0.0
    dropout: float = 0.0
    grow: int = 0
    carry: bool = False
    dtype: str = "float32"
    budget: int = 1000

    def __post_init__(self) -> None:
        TRAINING["task"].check("task", self.task)
        for field, rule in (TRAINING if self.task else FIELDS).items():
            value = getattr(self, field)
            rule.check(field, value)
            if isinstance(rule, Real) and value is not None:
                object.__setattr__(self, field, float(value))
        if self.forget_bias is not None and "f" not in CELLS[self.cell].blocks:
            raise Invalid("no-forget-gate", "forget_bias", self.forget_bias)
        if self.task:
            self._check_training()
        else:
            self._check_reading()
        # What has no effect has no value of its own: equal networks on equal sequences are equal Experiments.
        effective = {*self.settings(), *(() if self.task else SHAPE)}
        for field in fields(self):
            if field.name not in effective:
                object.__setattr__(self, field.name, field.default)

    def _check_reading(self) -> None:
        object.__setattr__(self, "text", clean(self.text))
        if len(quote_plus(self.text)) > LINK_TEXT:
            raise Invalid("too-long-for-link", "text", len(self.text), LINK_TEXT)
        if self.target not in TARGETS[self.kind]:
            raise Invalid("target", "target", self.target, ", ".join(TARGETS[self.kind]))
        if self.bidirectional and self.target == "next":
            raise Invalid("sees-the-future", "bidirectional", self.target)
        if self.preset:
            preset = PRESETS[self.preset]
            for field in SHAPE:
                if getattr(self, field) != getattr(preset, field):
                    raise Invalid("preset", field, getattr(self, field), getattr(preset, field))
        if self.work > WORK:
            raise Invalid("too-much-work", "hidden", self.hidden, WORK)

    def _check_training(self) -> None:
        task = tasks.load(self.task)
        if not OWN_NAME.fullmatch(self.data) and self.data not in ("", *task.data):
            raise Invalid("choice", "data", self.data, ", ".join(task.data))
        if self.data.startswith(OWN) and task.own is None:
            raise Invalid("no-own-data", "data", self.task)
        if self.embedding and not task.tokens:
            raise Invalid("no-tokens", "embedding", self.embedding)
        if self.bidirectional and task.future:
            raise Invalid("sees-the-future", "bidirectional", self.task)
        if self.carry and task.stream is None:
            raise Invalid("no-stream", "carry", self.task)
        if self.carry and self.bidirectional:
            raise Invalid("carry-backwards", "bidirectional", self.carry)
        object.__setattr__(self, "data", self.data or (task.data or ("",))[0])
        if not self.data.startswith(OWN):  # the price of a person's own data is known once they are there
            self.check_price(load_task(self))

    @classmethod
    def from_task(cls, name: str, cell: str | None = None, **given: Any) -> Experiment:
        """The task's recipe for this cell (None: the task's usual one) and these data; `given` settings in its place.

        In training the forget bias is usually 1.

        Raises Invalid as the constructor does, and for a setting that there is not.
        """
        task = tasks.load(name)
        if task.variant and given.get("data") in task.data:
            task = task.variant(given["data"])
        for field in given:
            if field not in TRAINING:
                raise Invalid("setting", "setting", field, ", ".join(TRAINING))
        cell = task.solved_by[0] if cell is None else cell
        TRAINING["cell"].check("cell", cell)
        usual: dict[str, Any] = {"length": task.length, "forget_bias": 1.0 if cell == "lstm" else None}
        return cls(**{**usual, **task.recipe, **task.cells.get(cell, {}), **given, "task": name, "cell": cell})

    @classmethod
    def from_preset(cls, name: str, text: str | None = None) -> Experiment:
        """A hand-set network, reading its own sequence or the given one."""
        if name not in PRESETS:
            raise Invalid("choice", "preset", name, ", ".join(PRESETS))
        preset = PRESETS[name]
        return cls(
            preset=name,
            kind=preset.kind,
            text=preset.text if text is None else text,
            target=preset.target,
            cell=preset.cell,
            hidden=preset.hidden,
            layers=preset.layers,
        )

    def reading(self) -> Reading:
        """The sequence as inputs and targets. Raises Invalid where the text cannot be read."""
        alphabet = PRESETS[self.preset].alphabet if self.preset else ()
        return read(self.kind, self.text, self.target, self.length, self.period, alphabet)

    def architecture(self, task: tasks.Task) -> Architecture:
        """The network that learns this task."""
        return Architecture(
            self.cell,
            task.inputs,
            self.hidden,
            task.outputs,
            self.layers,
            self.bidirectional,
            self.embedding,
            task.last,
        )

    def update_work(self, task: tasks.Task) -> int:
        """Multiplications of one update: three products with all weights per time step and sequence."""
        weights = sum(int(np.prod(shape)) for shape in self.architecture(task).shapes().values() if len(shape) > 1)
        return 3 * weights * self._steps(task) * self.batch

    def check_price(self, task: tasks.Task) -> None:
        """Raises Invalid where an update or the whole training is too much: which setting to lower, and how far.

        And where the task, on its data, has no sequences of this length.
        """
        Whole(*task.lengths).check("length", self.length)
        work, net = self.update_work(task), self.architecture(task)
        per_step = net.layers * net.directions * (3 * len(CELLS[self.cell].blocks) + 4) * self.hidden
        held = UPDATE_NUMBERS / (per_step * self._steps(task))  # sequences at once
        if held < EXAM_PART:  # of the exam, so that a smaller batch would not help
            most = self.hidden * held / max(self.batch, EXAM_PART)
            raise Invalid("too-much-memory", "hidden", self.hidden, int(most))
        most = min(held, UPDATE_WORK / work * self.batch)
        if self.batch > most:
            raise Invalid("too-much-an-update", "batch", self.batch, int(most))
        if work * self.budget > TRAINING_WORK:
            raise Invalid("too-much-training", "budget", self.budget, int(TRAINING_WORK / work))

    def _steps(self, task: tasks.Task) -> int:
        """T of the task's sequences at this length."""
        return task.make(np.random.default_rng(0), self.length, 1).x.shape[0]

    @property
    def work(self) -> int:
        """Multiplications of one trace with every step's gradients: three products with all weights per time step."""
        T, _, inputs = self.reading().x.shape
        net = Architecture(self.cell, inputs, self.hidden, 0, self.layers, self.bidirectional)
        rows = net.directions * len(CELLS[self.cell].blocks) * self.hidden
        return 3 * T * rows * sum(net.reads(layer) + self.hidden for layer in range(self.layers))

    def settings(self) -> dict[str, Any]:
        """The fields that matter here, in a fixed order: what a link needs to say."""
        if self.task:
            idle = {"dropout": self.layers == 1, "data": not self.data, "grow": self.carry}
            names = [name for name in TRAINING if not idle.get(name)]
        elif self.preset:
            names = ["preset", "text"]
        else:
            typed = ["length", "period"] if self.kind == "sine" else ["text"]
            names = ["kind", *typed, "target", "cell", "hidden", "init", "gain", "seed"]
            unusual = {"layers": self.layers > 1, "bidirectional": self.bidirectional}
            names += [name for name, said in unusual.items() if said]
            if self.forget_bias is not None:
                names.append("forget_bias")
        return {name: getattr(self, name) for name in names}


def load_task(experiment: Experiment, own: str | None = None) -> tasks.Task:
    """The task on the Experiment's data; `own`: the text of a person's own data, checked against its SHA-256.

    Raises Invalid where own data are missing, are not those meant, or cannot be used.
    """
    task = tasks.load(experiment.task)
    if not experiment.data.startswith(OWN):
        return task.variant(experiment.data) if task.variant and experiment.data else task
    if own is None:
        raise Invalid("data-missing", "data", experiment.data)
    if fingerprint(own) != experiment.data:
        raise Invalid("other-data", "data", experiment.data)
    bound = own_task(experiment.task, own)
    experiment.check_price(bound)
    return bound


@lru_cache(maxsize=4)
def own_task(name: str, own: str) -> tasks.Task:
    """The task of that name on a person's own text: of a long one the work of seconds, done once.

    Raises Invalid where it takes none, or not this.
    """
    task = tasks.load(name)
    if task.own is None:
        raise Invalid("no-own-data", "data", name)
    return task.own(own)


def fingerprint(own: str) -> str:
    """What `data` says of a person's own text: its SHA-256."""
    return OWN + hashlib.sha256(own.encode()).hexdigest()
