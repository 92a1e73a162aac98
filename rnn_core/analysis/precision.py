"""The same backward pass in fewer bits: where a gradient becomes denormal, and where it is 0.

The forward pass is the trace's, in its own precision; what travels back is rounded after every step. A format's least
normal number is 1e-38 in float32 and 6e-5 in float16; below lie the denormals, with ever fewer digits, and then 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnn_core.analysis.backward import step_back
from rnn_core.analysis.scales import log_norms
from rnn_core.cells import Arrays
from rnn_core.invalid import Invalid
from rnn_core.params import Params
from rnn_core.unroll import freeze, unroll

# The format that each is rounded to after a step, and the one a step is computed in, as half precision is on a GPU.
PRECISIONS = {
    "float64": (np.float64, np.float64),
    "float32": (np.float32, np.float32),
    "float16": (np.float16, np.float32),
}


@dataclass(frozen=True, eq=False)
class Rounded:
    """What is left of ∂L/∂s_t in a precision. Of t = 0 … T, over all parts of the state, the batch and the units.

    states     by part, (T+1, B, H), in the format computed in
    norms      by part and for the whole state "s", (T+1, B): log₁₀ ‖∂L/∂s_t‖; −inf where it is 0
    denormal   (T+1,): share of denormal numbers
    zero       (T+1,): share of numbers that are 0
    """

    states: Arrays
    norms: Arrays
    denormal: np.ndarray
    zero: np.ndarray


def rounded(cell: str, params: Params, x: np.ndarray, d_h: np.ndarray, precision: str) -> Rounded:
    """Read x (T, B, I), and carry d_h (T, B, H) back, in one of PRECISIONS.

    Raises Invalid for another precision, and where shapes do not fit.
    """
    if precision not in PRECISIONS:
        raise Invalid("choice", "precision", precision, ", ".join(PRECISIONS))
    format, computed = PRECISIONS[precision]

    def fit(value: np.ndarray) -> np.ndarray:
        return value.astype(format).astype(computed)

    params = {name: value.astype(computed) for name, value in params.items()}
    trace = unroll(cell, params, x)
    if np.shape(d_h) != trace.states["h"][1:].shape:
        raise Invalid("shape", "d_h", np.shape(d_h), trace.states["h"][1:].shape)
    states = {name: np.empty_like(value) for name, value in trace.states.items()}
    reach = {name: np.zeros_like(value[0]) for name, value in states.items()}
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for t in range(len(trace), 0, -1):
            reach["h"] = fit(reach["h"] + fit(d_h[t - 1]))
            step = step_back(trace, params, t, reach)
            reach = {name: fit(part) for name, part in step.flows.items()}
            for name, total in step.total.items():
                states[name][t] = fit(total)
        for name, part in reach.items():
            states[name][0] = part
        size = np.abs(np.concatenate(list(states.values()), axis=-1)).reshape(len(trace) + 1, -1)
        denormal = (size > 0) & (size < np.finfo(format).tiny)
        done = Rounded(states, log_norms(states), np.mean(denormal, axis=1), np.mean(size == 0, axis=1))
    freeze(*vars(done).values())
    return done
