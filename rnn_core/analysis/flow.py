"""How a gradient travels from the loss back through time: its norm at every step, and by which way it came.

The same recursion as `bptt` with every sequence's gradient kept near 1 and its scale beside it: a norm of 1e-500 is as
exact as any other. All norms are log₁₀, −inf where a gradient is exactly 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnn_core.analysis.backward import step_back
from rnn_core.analysis.scales import log_norm, log_norms, plus
from rnn_core.cells import Arrays
from rnn_core.invalid import Invalid
from rnn_core.params import Params
from rnn_core.unroll import Trace, check_params, freeze


@dataclass(frozen=True, eq=False)
class Flow:
    """log₁₀ of norms over the units, for each sequence by itself. All arrays are read-only.

    states   by part of the state, "h" and "c", and for both together "s", (T+1, B): ‖∂L/∂s_t‖ as in Grads.states: every
             path, the loss at t included
    through  (T, B): of what flows from step t to t−1 the part that passed the recurrent matrix; index t−1
    direct   (T, B): the part that passed it by: f⊙∂L/∂c of an LSTM, z⊙∂L/∂h of a GRU. A plain RNN has none: −inf
    """

    states: Arrays
    through: np.ndarray
    direct: np.ndarray


def flow(trace: Trace, params: Params, d_h: np.ndarray) -> Flow:
    """Carry d_h (T, B, H), the ∂L/∂h_t that the losses send, back through time.

    Raises Invalid where shapes do not fit.
    """
    H = check_params(trace.cell, params, trace.x)
    T, B, _ = trace.x.shape
    if np.shape(d_h) != (T, B, H):
        raise Invalid("shape", "d_h", np.shape(d_h), (T, B, H))
    names = trace.rule.states
    states = {name: np.empty((T + 1, B)) for name in ("s", *names)}
    through, direct = np.empty((T, B)), np.empty((T, B))
    reach = {name: np.zeros((B, H), params["weight_hh"].dtype) for name in names}
    exponent = np.zeros(B, int)
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(T, 0, -1):
            reach, exponent = plus(reach, exponent, d_h[t - 1])
            step = step_back(trace, params, t, reach)
            for name, norm in log_norms(step.total, exponent).items():
                states[name][t] = norm
            through[t - 1] = log_norm(step.through, exponent=exponent)
            direct[t - 1] = log_norm(*(step.direct or {"": np.zeros((B, 1))}).values(), exponent=exponent)
            reach = step.flows
        for name, norm in log_norms(reach, exponent).items():
            states[name][0] = norm
    freeze(states, through, direct)
    return Flow(states, through, direct)


def from_the_end(trace: Trace, seed: int | np.random.Generator = 0) -> np.ndarray:
    """d_h (T, B, H) of a loss that looks at h_T alone, in a random direction of length 1, another for each sequence."""
    shape, dtype = trace.states["h"][1:].shape, trace.states["h"].dtype
    direction = np.random.default_rng(seed).standard_normal(shape[1:])
    d_h = np.zeros(shape, dtype)
    d_h[-1] = direction / np.linalg.norm(direction, axis=-1, keepdims=True)
    return d_h


def median(logs: np.ndarray) -> np.ndarray:
    """The median over the sequences, (…, B) → (…): as many are above as below.

    Of an even number the lower of the two in the middle, for between −inf and a number there is no mean.
    """
    return np.quantile(logs, 0.5, axis=-1, method="inverted_cdf")
