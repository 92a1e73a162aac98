"""Clamps: gates that a learner holds at a value for a while, to see what depends on them.

The gate takes the value after its nonlinearity, whatever went into it, and so no gradient passes into its
pre-activation; all else follows from the equations. A Clamp is a small value and knows no network; `check` and `spans`
hold it to one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from rnn_core.cells import CELLS, Arrays
from rnn_core.invalid import Invalid

GATES = tuple(dict.fromkeys(gate for cell in CELLS.values() for gate in cell.gates))
CANDIDATES = ("g", "n")  # out of tanh: −1 … 1; every other gate is out of σ: 0 … 1
_TEXT = re.compile(r"([a-z])(?:\.(\d+))?_(-?\d[\d.e-]*)_(\d+)-(\d+)", re.ASCII)


@dataclass(frozen=True)
class Clamp:
    """One gate held at a value.

    gate         of GATES
    value        0 … 1, or −1 … 1 for a candidate
    first, last  the time steps, 1 … T, both included
    unit         0 … H−1, or None: every unit

    Raises Invalid, with the field's name, where a value cannot be used; whether it fits is for the network to say.
    """

    gate: str
    value: float
    first: int
    last: int
    unit: int | None = None

    def __post_init__(self) -> None:
        if self.gate not in GATES:
            raise Invalid("choice", "gate", self.gate, ", ".join(GATES))
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise Invalid("type", "value", self.value)
        low = -1 if self.gate in CANDIDATES else 0
        if not low <= self.value <= 1:  # false for NaN too
            raise Invalid("range", "value", self.value, (low, 1))
        object.__setattr__(self, "value", float(self.value) + 0.0)  # −0 becomes 0: equal clamps, equal traces
        for field, least in (("first", 1), ("last", self.first), ("unit", 0)):
            number = getattr(self, field)
            if field == "unit" and number is None:
                continue
            if type(number) is not int:
                raise Invalid("type", field, number)
            if number < least:
                raise Invalid("range", field, number, (least, np.inf))

    def __str__(self) -> str:
        """The clamp in a link, "f_0.5_2-7" or for unit 3 "f.3_0.5_2-7": only characters that no browser escapes."""
        unit = "" if self.unit is None else f".{self.unit}"
        return f"{self.gate}{unit}_{repr(self.value).removesuffix('.0')}_{self.first}-{self.last}"

    @classmethod
    def from_text(cls, text: str) -> Clamp:
        """What `str` wrote. Raises ValueError where it is no clamp."""
        found = _TEXT.fullmatch(text)
        if not found:
            raise ValueError(text)
        gate, unit, value, first, last = found.groups()
        return cls(gate, float(value), int(first), int(last), None if unit is None else int(unit))


def check(clamp: Clamp, cell: str, T: int, H: int) -> None:
    """Raises Invalid where the cell has no such gate, or what it reads no such step, or the layer no such unit."""
    if clamp.gate not in CELLS[cell].gates:
        raise Invalid("no-gate", "gate", clamp.gate)
    if clamp.first > T:
        raise Invalid("range", "first", clamp.first, (1, T))
    if clamp.last > T:
        raise Invalid("range", "last", clamp.last, (clamp.first, T))
    if clamp.unit is not None and clamp.unit >= H:
        raise Invalid("range", "unit", clamp.unit, (0, H - 1))


def spans(clamps: Iterable[Clamp], cell: str, T: int, H: int, dtype: np.dtype) -> Arrays:
    """What each clamped gate is held at, (T, H) by gate, NaN where it is free. Of two at one place the later holds.

    Raises Invalid as `check` does.
    """
    held: Arrays = {}
    for clamp in clamps:
        check(clamp, cell, T, H)
        values = held.setdefault(clamp.gate, np.full((T, H), np.nan, dtype))
        values[clamp.first - 1 : clamp.last, slice(None) if clamp.unit is None else clamp.unit] = clamp.value
    return held
