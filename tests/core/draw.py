"""What the tests are about, drawn at random: a layer with something to read, settings of every sort, and changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from hypothesis import reject
from hypothesis import strategies as st

from rnn_core import Experiment, Invalid, bptt, init_params, unroll
from rnn_core.bptt import Grads
from rnn_core.cells import CELLS
from rnn_core.changes import Change
from rnn_core.clamp import CANDIDATES, Clamp
from rnn_core.descent import Descend
from rnn_core.edits import Edit, places
from rnn_core.experiment import (
    DESCENT_STEPS,
    DESCENT_TIMES,
    EDITED,
    FIELDS,
    SHAPE,
    TRAINING,
    Choice,
    Flag,
    Real,
    Several,
    Signal,
    Text,
    Whole,
)
from rnn_core.lab import Lab
from rnn_core.model import sizes
from rnn_core.params import Params
from rnn_core.presets import PRESETS
from rnn_core.readers import TARGETS
from rnn_core.unroll import Trace

L = TypeVar("L", bound=Lab)


@dataclass(frozen=True)
class Problem:
    """A layer, what it reads, where it starts, and what the loss says of each h_t."""

    cell: str
    params: Params
    x: np.ndarray
    state: dict[str, np.ndarray]
    d_h: np.ndarray

    def solve(self, truncate: int | None = None) -> tuple[Trace, Grads]:
        trace = unroll(self.cell, self.params, self.x, self.state)
        return trace, bptt(trace, self.params, self.d_h, truncate)


def problem(cell: str, T: int = 5, B: int = 2, I: int = 3, H: int = 4, seed: int = 0) -> Problem:
    rng = np.random.default_rng(seed)
    params = init_params(cell, I, H, rng, gain=2)
    state = {name: rng.standard_normal((B, H)) for name in CELLS[cell].states}
    return Problem(cell, params, rng.standard_normal((T, B, I)), state, rng.standard_normal((T, B, H)))


def problems(cells: Sequence[str] = tuple(CELLS)) -> st.SearchStrategy[Problem]:
    size = st.integers(1, 4)
    return st.builds(problem, st.sampled_from(cells), st.integers(1, 7), size, size, size, st.integers(0, 999))


def clamps_of(cell: str, T: int, H: int) -> st.SearchStrategy[Clamp]:
    """Any that fit."""
    span = st.tuples(st.integers(1, T), st.integers(1, T)).map(sorted)
    return st.builds(
        lambda gate, share, t, unit: Clamp(gate, 2 * share - 1 if gate in CANDIDATES else share, t[0], t[1], unit),
        st.sampled_from(CELLS[cell].gates),
        st.floats(0, 1),
        span,
        st.none() | st.integers(0, H - 1),
    )


ANY_TEXT = st.text(st.characters(exclude_categories=()))  # lone surrogates and control characters too
TEXTS = {
    "text": ANY_TEXT,
    "bits": st.text("01 ,", min_size=1, max_size=80),
    "numbers": st.lists(st.floats(-1e6, 1e6).map(repr), min_size=1, max_size=60).map(", ".join),
    "sine": ANY_TEXT,
}


def settings_of(field: str, rules: Mapping[str, Any] = FIELDS) -> st.SearchStrategy[Any]:
    """Any value the field's rule allows, its extremes included."""
    match rules[field]:
        case Choice(options):
            return st.sampled_from(options)
        case Several(options, least):
            some = st.sets(st.sampled_from(options), min_size=least)
            return some.map(lambda chosen: tuple(option for option in options if option in chosen))
        case Whole(low, high):
            return st.integers(low, high)
        case Real(low, high, optional):
            return st.floats(low, high) | (st.none() if optional else st.nothing())
        case Signal(low, high, steps):
            return st.lists(st.floats(low, high), min_size=steps, max_size=steps).map(tuple)
        case Flag():
            return st.booleans()
        case Text():
            return st.text("abc ", min_size=1, max_size=60)
    raise TypeError(f"{field} depends on other settings")


@st.composite
def labs(draw: st.DrawFn, kind: type[L]) -> L:
    """Any settings of a page."""
    given = {name: draw(settings_of(name, kind.RULES)) for name in kind.RULES if name != "clamps"}
    if "clamps" in kind.RULES:
        gates = CELLS[given["cell"]].gates
        some = st.lists(clamps_of(given["cell"], 500, given["hidden"]), max_size=4) if gates else st.just([])
        given["clamps"] = draw(st.none() | some.map(tuple))
    try:
        return kind(**given)
    except Invalid:  # a gate the cell has not, a text of spaces, or too much work
        reject()


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    """Any Experiment: every field drawn, also those that make no difference to it."""
    given = {field: draw(settings_of(field)) for field in FIELDS if field != "text"}
    given["preset"] = draw(st.just("") | settings_of("preset"))  # half of all without weights set by hand
    if given["preset"]:
        preset = PRESETS[given["preset"]]
        given |= {field: getattr(preset, field) for field in SHAPE}
        given["text"] = draw(st.text(preset.alphabet) if preset.alphabet else TEXTS[preset.kind])
    else:
        given["target"] = draw(st.sampled_from(TARGETS[given["kind"]]))
        given["text"] = draw(TEXTS[given["kind"]])
    if "f" not in CELLS[given["cell"]].blocks:
        given["forget_bias"] = None
    try:
        return Experiment(**given)
    except Invalid:  # empty or too long a text, or too much work
        reject()


def edits_of(experiment: Experiment) -> st.SearchStrategy[list[Edit]]:
    """Any edits that fit the Experiment, states and extremes included."""
    return st.lists(_edit(experiment), max_size=8)


def changes_of(experiment: Experiment, times: int = DESCENT_TIMES) -> st.SearchStrategy[list[Change]]:
    """Any history that the Experiment can pay for: some of the rates meet again, no Descend is longer than `times`."""
    most = 8
    rate = TRAINING["lr"]
    assert isinstance(rate, Real)
    descend = st.builds(
        Descend,
        st.sampled_from([rate.low, 0.1, rate.high]) | st.floats(rate.low, rate.high),
        st.integers(1, min(times, DESCENT_STEPS // len(experiment.reading().x) // most)),
    )
    return st.lists(_edit(experiment) | descend, max_size=most)


def _edit(experiment: Experiment) -> st.SearchStrategy[Edit]:
    return st.sampled_from(list(places(sizes(experiment)).items())).flatmap(
        lambda place: st.builds(
            Edit,
            st.just(place[0]),
            st.tuples(*(st.integers(0, size - 1) for size in place[1])),
            st.floats(EDITED.low, EDITED.high),
        )
    )
