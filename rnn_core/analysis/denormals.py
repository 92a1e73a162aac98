"""What denormal numbers cost on this machine: the same work on healthy and on tiny numbers, timed.

Some processors take 10 to 100 times as long for a float below 1e-38 as for any other, some hardly longer, and a product
of matrices may suffer where a plain product does not, or the other way round. So it is measured and not told.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from rnn_core.analysis.networks import network, normal_input
from rnn_core.bptt import bptt
from rnn_core.training.processor import flushes, no_denormals, one_thread
from rnn_core.unroll import unroll

TINY = np.float32(2e-38)  # still normal in float32; what is a little less is not

REPEATS = 7


class Seconds(NamedTuple):
    """The fastest of some runs: on numbers of about 1, on those times TINY, on these with denormals taken for 0 (None
    where this system cannot be told to). noise: how much longer than the fastest the median of the healthy runs took,
    as a share."""

    healthy: float
    denormal: float
    flushed: float | None
    noise: float

    @property
    def slower(self) -> float | None:
        """So many times as long take denormal numbers; None where that is no more than the noise."""
        times = self.denormal / self.healthy
        return times if times > 1 + self.noise else None


def time_denormals(T: int = 50, B: int = 64, H: int = 64, repeats: int = REPEATS) -> dict[str, Seconds]:
    """Two works in float32: "pass", the backward pass of an LSTM that forgets little, and "product", the least of what
    is done in it: T times i⊙∂L/∂c.

    About half a second at the sizes set.
    """
    params = network("lstm", 2, H, dtype=np.float32, keep_bias=5)
    trace = unroll("lstm", params, normal_input(T, B, 2))
    d_h = np.zeros((T, B, H), np.float32)
    d_h[-1] = 1

    def product(d: np.ndarray) -> None:
        for f in trace.gates["i"][::-1]:
            np.multiply(d[-1], f)

    with one_thread():
        return {
            "pass": _seconds(lambda d: bptt(trace, params, d), d_h, repeats),
            "product": _seconds(product, d_h, repeats),
        }


def _seconds(work: Callable[[np.ndarray], Any], healthy: np.ndarray, repeats: int) -> Seconds:
    tiny = healthy * TINY
    ways = ((healthy, nullcontext), (tiny, nullcontext), *([(tiny, no_denormals)] if flushes() else []))
    took: list[list[float]] = [[] for _ in ways]
    for _ in range(repeats):
        for seconds, (given, mode) in zip(took, ways, strict=True):  # in turn, so that all meet the same disturbances
            with mode():
                began = perf_counter()
                work(given)
                seconds.append(perf_counter() - began)
    least, denormal, *flushed = map(min, took)
    return Seconds(least, denormal, flushed[0] if flushed else None, median(took[0]) / least - 1)
