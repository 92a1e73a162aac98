"""The two GRUs beside each other: the reset after the product and before it, from the same parameters.

Cho et al. 2014 (arXiv:1406.1078) let the reset gate cut h before W_hn multiplies it; PyTorch and cuDNN cut what W_hn
has made of it, and so does Keras unless told otherwise. All weights have the same names and shapes in both.
"""

from __future__ import annotations

from typing import NamedTuple

from rnn_core.invalid import Invalid
from rnn_core.params import Params
from rnn_core.unroll import Trace, unroll

GRUS = ("gru", "gru-reset-before")


class LastStep(NamedTuple):
    """One unit at time step T. before: h_{T−1}, the same for both; throughout: h_T had every step been so."""

    before: float
    r: float
    z: float
    n: float
    h: float
    throughout: float


def conventions(params: Params, trace: Trace, unit: int = 0) -> dict[str, LastStep]:
    """By cell, of the trace's first sequence; `params` are those it was made with.

    Raises Invalid where it is no GRU's.
    """
    if trace.cell not in GRUS:
        raise Invalid("choice", "cell", trace.cell, ", ".join(GRUS))
    x, h = trace.x[:, :1], trace.states["h"][:, :1]
    found = {}
    for cell in GRUS:
        last = unroll(cell, params, x[-1:], {"h": h[-2]})
        whole = unroll(cell, params, x, {"h": h[0]})
        values = (h[-2], *(last.gates[gate][0] for gate in "rzn"), last.states["h"][1], whole.states["h"][-1])
        found[cell] = LastStep(*(float(value[0, unit]) for value in values))
    return found
