"""What the page Gates is set to, and from it: the network, what it reads, and what is done to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np

from rnn_core.analysis.inputs import cleaned, inputs
from rnn_core.analysis.laboratory import Memory, remember
from rnn_core.analysis.network_lab import NetworkLab
from rnn_core.analysis.networks import read_by_the_last, stack
from rnn_core.analysis.order import ORDERS
from rnn_core.analysis.variants import SWITCHES
from rnn_core.batch import Batch
from rnn_core.cells import CELLS
from rnn_core.clamp import Clamp, check
from rnn_core.experiment import GATES, GATES_WORK, Choice, Several
from rnn_core.inside import BYPASS
from rnn_core.invalid import Invalid
from rnn_core.params import Params, set_gate_bias
from rnn_core.training.learned import tokens

STATES = tuple(dict.fromkeys(name for cell in CELLS.values() for name in cell.states))
BLOCKS = tuple(dict.fromkeys(name for cell in CELLS.values() for name in cell.blocks))
BOTH = tuple(dict.fromkeys((*STATES, *BLOCKS)))
QUANTITIES = (*BOTH, *(f"pre_{block}" for block in BLOCKS))


@dataclass(frozen=True)
class GateLab(NetworkLab):
    """The settings of the page.

    view            which of its figures
    cell, hidden    and H; init, gain and seed as in `init_params`; keep_bias of the gate that keeps, if there is one
    data, text, length, batch   as in `inputs`
    quantities      what is drawn as maps, of those that the cell has; order, of: as in `analysis.order`
    step            the time step that is looked at first; where fewer are read, the last
    clamps          gates held for a while; None: the gate that keeps is held open in the middle third and the one that
                    writes shut. bias_gate, bias: a gate whose bias is set; "": none
    variant         the switches that are on
    moment          the time step whose signals the sliders set; write, keep, show, value, start: the signals

    Raises Invalid where a value cannot be used. A batch that would be too much work is as large as it can be.
    """

    RULES: ClassVar[Mapping[str, Any]] = {
        **GATES,
        "quantities": Several(QUANTITIES),
        "order": Choice(ORDERS),
        "of": Choice(QUANTITIES),
        "variant": Several(tuple(SWITCHES), 0),
    }
    BROUGHT = ("cell", "hidden", "data", "text", "length", "init", "gain", "keep_bias", "seed")
    VIEWS = ("maps", "clamp")
    USUAL: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "clamp": {"init": "torch", "gain": 1.0, "keep_bias": None},
        "cells": {"init": "torch", "gain": 1.0, "keep_bias": 3.0, "length": 200},
    }
    view: str = "maps"
    cell: str = "lstm"
    hidden: int = 16
    data: str = "noise"
    text: str = "banana"
    length: int = 60
    batch: int = 1
    init: str = "gaussian"
    gain: float = 2.5
    keep_bias: float | None = 2.0
    seed: int = 1
    quantities: tuple[str, ...] = ("h", "c", "f", "z")
    order: str = "half-life"
    of: str = "h"
    step: int = 20
    clamps: tuple[Clamp, ...] | None = None
    bias_gate: str = ""
    bias: float = 0.0
    variant: tuple[str, ...] = ("no-forget-gate",)
    moment: int = 1
    write: tuple[float, ...] = (1, 0, 0, 0, 1, 0, 0, 0)
    keep: tuple[float, ...] = (1, 1, 1, 1, 1, 0.4, 1, 1)
    show: tuple[float, ...] = (0, 0, 0, 1, 0, 0, 0, 1)
    value: tuple[float, ...] = (0.8, 0, 0, 0, -0.5, 0, 0, 0)
    start: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "text", cleaned(self.data, self.text))
        if self.bias_gate not in ("", *CELLS[self.cell].gates):
            raise Invalid("no-gate", "bias_gate", self.bias_gate)
        for clamp in self.clamps or ():
            try:
                check(clamp, self.cell, GATES["step"].high, self.hidden)
            except Invalid as problem:
                problem.field = "clamps"  # as the setting is called here
                raise
        object.__setattr__(self, "batch", min(self.batch, self.most))

    def changed(self, field: str, value: Any) -> Self:
        """Another cell has other gates: what was done to those that it has not is taken back."""
        try:
            return super().changed(field, value)
        except Invalid as problem:
            if field not in ("cell", "hidden") or problem.field not in ("clamps", "bias_gate"):
                raise
            free: Any = {"clamps": None, "bias_gate": ""}
            return replace(self, **free, **{field: value})

    @property
    def views(self) -> tuple[str, ...]:
        """See NetworkLab; of an LSTM that has learned, parts can be taken away as of a drawn one."""
        return (*super().views, "variants") if self.learned and self.cell == "lstm" else super().views

    @property
    def most(self) -> int:
        """So many sequences can be read."""
        affordable = max(1, GATES_WORK // (self.length * self.hidden**2 * self.layer))
        return min(GATES["batch"].high, affordable, self.learned.sequences if self.learned else affordable)

    @classmethod
    def from_query(cls, query: Mapping[str, str], **fixed: Any) -> tuple[Self, list[Invalid]]:
        """See NetworkLab; of more sequences than can be read, as many as can, and that is said."""
        lab, notices = super().from_query(query, **fixed)
        wished = query.get("batch", "")
        if wished.isdecimal() and lab.batch < int(wished) <= GATES["batch"].high:
            notices.append(Invalid("clamped", "batch", wished, lab.batch))
        return lab, notices

    @cached_property
    def batch_read(self) -> Batch:
        """What the network reads: of a learned one, the longest sequences of its exam."""
        if self.learned:
            return self.learned.longest(self.batch)
        return inputs(self.data, self.text, self.length, self.batch, self.seed)

    @property
    def tokens(self) -> tuple[str, ...]:
        """The letters read, one a step; () where numbers are, or several sequences of a task."""
        if self.learned and self.learned.task.tokens and self.batch == 1:
            return tokens(self.learned.task, self.learned.longest(1))[:: -1 if self.level.direction else 1]
        return getattr(self.batch_read, "tokens", ())

    @property
    def steps(self) -> int:
        """T, the number of time steps."""
        return len(self.batch_read.x)

    def network(self, cell: str) -> tuple[Params, np.ndarray]:
        """The parameters of the layer looked at, and what it reads, (T, B, I). Drawn from the same seed for every cell;
        or what was learned, by the one cell there then is."""
        batch = self.batch_read
        if self.learned:
            return self.learned.read_by(self.level, batch)
        keep_bias = self.keep_bias if cell in BYPASS else None
        layers = stack(
            cell, batch.x.shape[2], self.hidden, self.layer, self.seed,
            init=self.init, gain=self.gain, keep_bias=keep_bias,
        )  # fmt: skip
        return read_by_the_last(cell, layers, batch.x, batch.lengths)

    @property
    def held(self) -> tuple[Clamp, ...]:
        """The clamps, as far as there are steps."""
        T = self.steps
        clamps = usual_clamps(self.cell, T) if self.clamps is None else self.clamps
        return tuple(replace(clamp, last=min(clamp.last, T)) for clamp in clamps if clamp.first <= T)

    @property
    def biased(self) -> Params:
        """The network with the gate's bias set."""
        params = {name: value.copy() for name, value in self.network(self.cell)[0].items()}
        if self.bias_gate:
            set_gate_bias(params, self.cell, self.bias_gate, self.bias)
        return params

    @property
    def memory(self) -> Memory:
        """The one-unit laboratory."""
        return remember(self.write, self.keep, self.show, self.value, self.start)

    @property
    def drawn(self) -> tuple[str, ...]:
        """The quantities that are drawn: those wished for that the cell has, or its states."""
        has = quantities_of(self.cell)
        return tuple(name for name in self.quantities if name in has) or CELLS[self.cell].states

    @property
    def sorted_by(self) -> tuple[str, str]:
        """order and of, as far as the cell has them."""
        by = "number" if self.order == "half-life" and self.cell not in BYPASS else self.order
        return by, self.of if self.of in quantities_of(self.cell) else "h"


def quantities_of(cell: str) -> tuple[str, ...]:
    """What `gates.quantity` finds in a trace of this cell."""
    rule = CELLS[cell]
    return (*rule.states, *rule.gates, *(f"pre_{block}" for block in rule.blocks))


def usual_clamps(cell: str, T: int) -> tuple[Clamp, ...]:
    """The gate that keeps open and the one that writes shut, in the middle third: memory stands still."""
    if cell not in BYPASS:
        return ()
    first, last = T // 3 + 1, max(T // 3 + 1, 2 * T // 3)
    keep = Clamp(BYPASS[cell][0], 1.0, first, last)
    return (keep, Clamp("i", 0.0, first, last)) if cell == "lstm" else (keep,)
