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
    reach = {name: np.zeros((B, H), params["weight_hh"].dtype) for name in trace.rule.states}
    exponent = np.zeros(B, int)
    steps, exponents = [], []
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(T, 0, -1):
            reach, exponent = plus(reach, exponent, d_h[t - 1])
            steps.append(step_back(trace, params, t, reach))
            exponents.append(exponent)
            reach = steps[-1].flows
        # Norms of all steps at once: one by one they would take as long as the way back itself.
        scale = np.array(exponents[::-1])
        totals = {name: np.array([step.total[name] for step in steps[::-1]]) for name in reach}
        started = log_norms(reach, exponent)
        states = {name: np.vstack((started[name], norms)) for name, norms in log_norms(totals, scale).items()}
        through = log_norm(np.array([step.through for step in steps[::-1]]), exponent=scale)
        past = [np.array([step.direct[name] for step in steps[::-1]]) for name in steps[0].direct]
        direct = log_norm(*(past or [np.zeros((T, B, 1))]), exponent=scale)
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
