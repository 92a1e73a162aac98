"""Exact Jacobians ∂h_T/∂s_t of one layer, for every t: BPTT seeded with the identity (Pascanu, Mikolov, Bengio 2013).

H virtual rows, the identity at first, are carried from T to 0, by one product with ∂s_t/∂h_{t−1} a step. They are kept
near 1 with their scale beside them: so they run on where floats end, and denormals never slow the processor down.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from rnn_core.analysis.backward import of_sequence
from rnn_core.analysis.steps import all_steps, matrices
from rnn_core.invalid import Invalid
from rnn_core.params import Params
from rnn_core.training.processor import no_denormals
from rnn_core.unroll import Trace, check_params, freeze

# Sums of squares between which a product is left as it is: to write it anew takes as long as to read it.
FAR = 1e-9, 1e9


@dataclass(frozen=True, eq=False)
class Jacobians:
    """∂h_T/∂s_t for t = 0 … T, each divided by a scale of its own. All arrays are read-only.

    As in Grads.states a derivative counts every path: ∂h_T/∂c_t also the one through h_t, inside step t. Index 0 is the
    initial state, where h_0 and c_0 are given apart.

    states     the names of the S parts of the state, h first
    whole      (T+1, H, S*H), in the dtype of the parameters: [∂h_T/∂h_t | ∂h_T/∂c_t] ÷ e^log_scale, a row for each unit
               of h_T. The sum of its squares is within FAR: near 1, as floats go
    log_scale  (T+1,): ln of the scale, a whole number times ln 2, one for all parts of the state; 0 at T, where
               ∂h_T/∂h_T is the identity; −inf where ∂h_T/∂s_t is exactly 0, NaN where it is no number
    """

    states: tuple[str, ...]
    whole: np.ndarray
    log_scale: np.ndarray

    def part(self, name: str = "s") -> np.ndarray:
        """Of `whole` what belongs to "h" or "c", (T+1, H, H); or all of it, "s". Raises Invalid for another name."""
        if name == "s":
            return self.whole
        if name not in self.states:
            raise Invalid("choice", "part", name, ", ".join(("s", *self.states)))
        H, k = self.whole.shape[1], self.states.index(name)
        return self.whole[..., k * H : (k + 1) * H]


def jacobians(trace: Trace, params: Params, sequence: int = 0) -> Jacobians:
    """∂h_T/∂s_t for all t along one of the trace's sequences; T is that sequence's own last step.

    Exact in the dtype of the parameters, but for numbers 1e-38 (float32; float64: 1e-308) times smaller than their
    product's scale, which count as 0. Raises Invalid where shapes do not fit or there is no such sequence.
    """
    trace = of_sequence(trace, sequence)
    H, T, S = check_params(trace.cell, params, trace.x), len(trace), len(trace.rule.states)
    whole = np.empty((T + 1, H, S * H), params["weight_hh"].dtype)
    parts = [whole[..., k * H : (k + 1) * H] for k in range(S)]
    flat = whole.reshape(T + 1, -1)
    exponents = [0.0]  # of T, T−1, …
    with np.errstate(over="ignore", invalid="ignore"), no_denormals():
        steps = all_steps(trace)
        for part, within in zip(parts, steps.within, strict=True):
            part[T] = np.diag(within[T])
        past_h = list(zip(parts, steps.bypass, steps.within, strict=True))[1:]
        for t, matrix in matrices(trace, steps, params["weight_hh"]):
            np.matmul(whole[t], matrix, parts[0][t - 1])
            for part, bypass, within in past_h:
                now = np.multiply(part[t], bypass[t - 1], part[t - 1])
                now += parts[0][t - 1] * within[t - 1]
            shift = _normalise(flat[t - 1])
            if not math.isfinite(shift):  # nothing reaches further back, or nothing that is a number
                whole[:t] = 0 if shift < 0 else shift
                exponents += [shift] * t
                break
            exponents.append(exponents[-1] + shift)
    made = Jacobians(trace.rule.states, whole, np.array(exponents[::-1]) * math.log(2))
    freeze(made.whole, made.log_scale)
    return made


def _normalise(product: np.ndarray) -> float:
    """Divide numbers that are far from 1 by a power of two, in place; return its exponent.

    −inf where all are 0, NaN where some are no numbers.
    """
    square = float(product.dot(product))
    if FAR[0] < square < FAR[1]:
        return 0
    size = math.sqrt(square) if 1e-30 < square < 1e30 else float(np.abs(product).max())  # squares leave the floats
    if size == 0:
        return -math.inf
    if not math.isfinite(size):
        return math.nan
    exponent = min(max(math.frexp(size)[1], -120), 120)  # a factor that float32 holds
    product *= 2.0**-exponent
    return exponent + _normalise(product)
