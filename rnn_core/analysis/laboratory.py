"""One memory, and the four signals an LSTM has for it, set by hand at every step:

    c_t = keep_t · c_{t−1} + write_t · value_t
    h_t = show_t · tanh(c_t)

write, keep and show are the gates i, f and o, value is the candidate g (Gers et al. 2000).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from rnn_core.invalid import Invalid
from rnn_core.unroll import freeze


@dataclass(frozen=True, eq=False)
class Memory:
    """What the memory held. All arrays are read-only.

    c      (T+1,): index 0 is where it began
    h      (T,): what it showed
    parts  (T, T+1): of c_t (row t−1) what step k wrote (column k), times every keep since; column 0 is what is left of
           the beginning. A row sums to c_t
    reach  (T+1,): ∂c_T/∂c_t = keep_{t+1} · … · keep_T, at t = T 1
    """

    c: np.ndarray
    h: np.ndarray
    parts: np.ndarray
    reach: np.ndarray


def remember(write: ArrayLike, keep: ArrayLike, show: ArrayLike, value: ArrayLike, start: float = 0.0) -> Memory:
    """Run one memory. Each signal is (T,): write, keep and show 0 … 1, value −1 … 1; `start` is c_0, any finite number.

    Raises Invalid, with the signal's name, where one is of another shape or outside its range.
    """
    T = np.size(write)
    i, f, o, g = (
        _signal(name, values, T, low)
        for name, values, low in (("write", write, 0), ("keep", keep, 0), ("show", show, 0), ("value", value, -1))
    )
    if not np.isfinite(start):
        raise Invalid("not-finite", "start", start)
    c, parts, reach = np.empty(T + 1), np.zeros((T + 1, T + 1)), np.ones(T + 1)
    c[0] = parts[0, 0] = start
    for t in range(1, T + 1):
        c[t] = f[t - 1] * c[t - 1] + i[t - 1] * g[t - 1]
        parts[t] = f[t - 1] * parts[t - 1]
        parts[t, t] = i[t - 1] * g[t - 1]
    reach[:-1] = np.cumprod(f[::-1])[::-1]
    memory = Memory(c, o * np.tanh(c[1:]), parts[1:], reach)
    freeze(memory.c, memory.h, memory.parts, memory.reach)
    return memory


def _signal(name: str, values: ArrayLike, T: int, low: int) -> np.ndarray:
    signal = np.asarray(values, float)
    if signal.shape != (T,) or not T:
        raise Invalid("shape", name, signal.shape, (T,))
    outside = ~((low <= signal) & (signal <= 1))  # NaN too
    if outside.any():
        raise Invalid("range", name, float(signal[outside][0]), (low, 1))
    return signal
