"""Itemised BPTT: whose gradient is it? The loss at every step by itself, and how far it reaches back.

∂L/∂s_k is the sum over t ≥ k of ∂L_t/∂s_k. Each loss has a row of its own in a virtual batch that shares one trace: one
walk back for all of them, with a row more at each step, and none of them loses its digits beside a larger one.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rnn_core.analysis.backward import of_sequence, step_back
from rnn_core.analysis.scales import log_norms, rescaled
from rnn_core.cells import Arrays
from rnn_core.invalid import Invalid
from rnn_core.params import Params
from rnn_core.unroll import Trace, check_params, freeze


def itemised(trace: Trace, params: Params, d_h: np.ndarray, sequence: int = 0) -> Arrays:
    """log₁₀ ‖∂L_t/∂s_k‖ along one of the trace's sequences, by part "h" and "c", and for both together "s".

    d_h (T, B, H): ∂L_t/∂h_t. Each result is (T, T+1), read-only: row t−1 is the loss at t, column k the state it
    reaches; NaN above the diagonal, where k > t; −inf where a gradient is exactly 0. T is the sequence's own last step.

    Raises Invalid where shapes do not fit or there is no such sequence.
    """
    triangle: Arrays = {}
    for k, parts, exponent in _columns(trace, params, d_h, sequence):
        for name, norm in log_norms(parts, exponent).items():
            T = k + len(norm) - (k > 0)
            triangle.setdefault(name, np.full((T, T + 1), np.nan))[T - len(norm) :, k] = norm
    freeze(triangle)
    return triangle


def _columns(trace: Trace, params: Params, d_h: np.ndarray, sequence: int) -> Iterator[tuple[int, Arrays, np.ndarray]]:
    """For k = T … 0: k, ∂L_t/∂s_k ÷ 2^exponent for t = max(k, 1) … T, (rows, H) by part, and the exponents (rows,)."""
    H = check_params(trace.cell, params, trace.x)
    if np.shape(d_h) != (*trace.x.shape[:2], H):
        raise Invalid("shape", "d_h", np.shape(d_h), (*trace.x.shape[:2], H))
    trace, d_h = of_sequence(trace, sequence), d_h[:, sequence]
    reach = {name: np.zeros((0, H), params["weight_hh"].dtype) for name in trace.rule.states}
    exponent = np.zeros(0, int)
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(len(trace), 0, -1):
            new = {
                name: d_h[t - 1 : t] if name == "h" else np.zeros_like(part, shape=(1, H))
                for name, part in reach.items()
            }
            reach = {name: np.concatenate((new[name], part)) for name, part in reach.items()}
            step = step_back(trace, params, t, reach)
            exponent = np.concatenate(([0], exponent))
            yield t, step.total, exponent
            reach, exponent = rescaled(step.flows, exponent)
        yield 0, reach, exponent
