"""Edits: single weights, biases and initial states that a learner set by hand, on top of an Experiment's own.

An Edit is a small value and knows no network; `check` and `apply` hold it to one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from rnn_core.architecture import Architecture
from rnn_core.cells import CELLS
from rnn_core.experiment import EDITED
from rnn_core.invalid import Invalid
from rnn_core.model import Model
from rnn_core.params import Params
from rnn_core.unroll import freeze

Place = tuple[int, ...]
_TEXT = re.compile(r"([A-Za-z]\w*)\.(\d{1,4}(?:\.\d{1,4})?)_(-?\d[\d.e-]*)", re.ASCII)


@dataclass(frozen=True, order=True)
class Edit:
    """One number in another's place.

    name    a parameter, as in `Model.params`, or an initial state: "h_0", "c_0"
    at      (row, column), or (unit,) in a bias or a state, counted from 0
    value   a finite number within EDITED

    Raises Invalid where the value cannot be used; whether there is such a place is for the network to say.
    """

    name: str
    at: Place
    value: float

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise Invalid("type", "edits", self.name)
        if not isinstance(self.at, tuple) or any(type(k) is not int for k in self.at):
            raise Invalid("type", "edits", str(self.at))
        if isinstance(self.value, float) and not math.isfinite(self.value):
            raise Invalid("not-finite", "edits", self.value)
        EDITED.check("edits", self.value)
        object.__setattr__(self, "value", float(self.value) + 0.0)  # −0 becomes 0: equal edits, equal traces

    @property
    def place(self) -> tuple[str, Place]:
        """What is edited: name and at."""
        return self.name, self.at

    def __str__(self) -> str:
        """The edit in a link, "W_hh.3.2_0.5": only characters that no browser escapes; every bit of the value."""
        short = self.name.replace("weight_", "W_").replace("bias_", "b_")
        return f"{'.'.join((short, *map(str, self.at)))}_{repr(self.value).removesuffix('.0')}"

    @classmethod
    def from_text(cls, text: str) -> Edit:
        """What `str` wrote. Raises ValueError where it is no edit."""
        found = _TEXT.fullmatch(text)
        if not found:
            raise ValueError(text)
        name, at, value = found.groups()
        name = re.sub("^b_", "bias_", re.sub("^W_", "weight_", name))
        return cls(name, tuple(int(k) for k in at.split(".")), float(value))


def places(architecture: Architecture) -> dict[str, tuple[int, ...]]:
    """Everything that can be edited and its shape: the parameters, and the initial state of the first layer."""
    states = {f"{name}_0": (architecture.hidden,) for name in CELLS[architecture.cell].states}
    return {**architecture.shapes(), **states}


def check(architecture: Architecture, edit: Edit) -> None:
    """Raises Invalid where the network has no such place."""
    shapes = places(architecture)
    if edit.name not in shapes:
        raise Invalid("no-weight", "edits", edit.name, ", ".join(shapes))
    shape = shapes[edit.name]
    if len(edit.at) != len(shape) or not all(0 <= k < size for k, size in zip(edit.at, shape, strict=True)):
        raise Invalid("outside-shape", "edits", f"{edit.name}[{', '.join(map(str, edit.at))}]", shape)


def apply(
    model: Model, edits: Iterable[Edit], state: Mapping[str, np.ndarray] | None = None
) -> tuple[Model, dict[str, np.ndarray]]:
    """A model with these edits, and the initial state as `unroll` wants it for one sequence: (1, H) by name.

    state: the initial state so far, in the same form; None: zeros.
    All arrays are new and read-only; what was given stays as it is.
    Raises Invalid where the network has no such place.
    """
    given = model.params | {f"{name}_0": start[0] for name, start in (state or {}).items()}
    numbers: Params = {
        name: given[name].copy() if name in given else np.zeros(shape)
        for name, shape in places(model.architecture).items()
    }
    for edit in edits:
        check(model.architecture, edit)
        numbers[edit.name][edit.at] = edit.value
    freeze(numbers)
    state = {name: numbers.pop(f"{name}_0")[None] for name in CELLS[model.cell].states}
    return replace(model, params=numbers), state
