"""What gates do in a Trace: how often they are shut or open, and how long each unit remembers.

Only steps that were read count; padding does not. Exploded numbers pass through as inf and NaN, without a warning.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnn_core.clamp import CANDIDATES
from rnn_core.inside import BYPASS
from rnn_core.invalid import Invalid
from rnn_core.unroll import Trace

SHUT, OPEN = 0.1, 0.9


class Saturation(NamedTuple):
    """Shares of the steps at which a gate hardly moves any more: below SHUT, above OPEN.

    Over time, batch and units.
    """

    shut: float
    open: float


def quantity(trace: Trace, name: str) -> np.ndarray:
    """A state (t = 1 … T) or gate by its name, or a pre-activation as "pre_f": (T, B, H).

    Raises Invalid where the cell has none of that name.
    """
    all_of_them = {state: s[1:] for state, s in trace.states.items()} | trace.gates
    all_of_them |= {f"pre_{block}": value for block, value in trace.pre.items()}
    if name not in all_of_them:
        raise Invalid("choice", "quantity", name, ", ".join(all_of_them))
    return all_of_them[name]


def reading(trace: Trace) -> np.ndarray:
    """(T, B) bool: where a sequence was read; False in its padding."""
    T, B, _ = trace.x.shape
    return np.ones((T, B), bool) if trace.lengths is None else np.arange(T)[:, None] < trace.lengths


def average(trace: Trace, name: str) -> np.ndarray:
    """(T, H): a quantity, averaged over the sequences that go on at each step; NaN where none does."""
    with np.errstate(over="ignore", invalid="ignore"):
        where = reading(trace)[..., None]
        return quantity(trace, name).sum(axis=1, where=where) / where.sum(axis=1)


def saturation(trace: Trace) -> dict[str, Saturation]:
    """How often each gate is shut and open (Karpathy, Johnson & Fei-Fei 2016, section 4.2: "saturated" gates).

    A candidate, −1 … 1, is measured as (1 + its value)/2: where σ would stand, tanh(x) being 2σ(2x) − 1.
    """
    found, read = {}, reading(trace)
    for gate, values in trace.gates.items():
        steps = (1 + values[read]) / 2 if gate in CANDIDATES else values[read]  # (N, H)
        found[gate] = Saturation(float((steps < SHUT).mean()), float((steps > OPEN).mean()))
    return found


def half_life(trace: Trace) -> np.ndarray:
    """(H,): ln 2 ÷ mean of (−ln f_t) over time and batch, z_t for a GRU: in so many steps half of a memory is gone.

    inf for a unit that always keeps all, 0 for one that once keeps nothing.
    Raises Invalid where the cell has no gate that keeps.
    """
    if trace.cell not in BYPASS:
        raise Invalid("no-gate", "gate", "f")
    keep = trace.gates[BYPASS[trace.cell][0]][reading(trace)]  # (N, H)
    with np.errstate(divide="ignore"):
        lost = np.mean(-np.log(keep), axis=0)
        return np.log(2) / lost


def left_over(trace: Trace) -> np.ndarray:
    """(H,): the share of what each unit held after the first step that is still in it after the last:
    f_2 · … · f_T, z for a GRU. Of several sequences each factor is the geometric mean over those that go on.

    Raises Invalid where the cell has no gate that keeps.
    """
    if trace.cell not in BYPASS:
        raise Invalid("no-gate", "gate", "f")
    with np.errstate(divide="ignore"):
        logs = np.log(trace.gates[BYPASS[trace.cell][0]][1:])
    return np.exp(logs.mean(axis=1, where=reading(trace)[1:, :, None]).sum(axis=0))
