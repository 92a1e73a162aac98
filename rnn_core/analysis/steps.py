"""Every step back of one sequence as a linear map, all at once.

Back through a step a gradient is multiplied unit by unit, by factors that the forward pass has fixed, and then by the
recurrent matrix. So the cell's own `back`, asked about ones, tells the factors of all steps together. (Of a cell that
multiplied within the product, as a GRU does that resets before it, this would not hold.)

As in Grads.states a derivative to a state counts every path, also the one from c_t to h_t inside step t.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from rnn_core.cells import Arrays, Step
from rnn_core.unroll import Trace

CACHE = 1 << 17  # numbers in the matrices of so many steps


class Steps(NamedTuple):
    """The factors of every step, by state k, h first.

    within  (S, T+1, H): ∂h_t/∂(state k)_t, the path inside the step that made both; none in the initial state
    recur   (S, T, G, H): by what the total ∂L/∂(state k)_t is multiplied before it enters the matrix
    bypass  (S, T, H): by what on its way to (state k)_{t−1}, past the matrix
    """

    within: np.ndarray
    recur: np.ndarray
    bypass: np.ndarray


def all_steps(trace: Trace) -> Steps:
    """Of a trace with B = 1. Its T steps take the place of the B sequences that `back` knows."""

    def of(arrays: Arrays, first: int = 0) -> Arrays:
        return {name: value[first:, 0] for name, value in arrays.items()}

    before = {name: value[:-1, 0] for name, value in trace.states.items()}
    now = Step(of(trace.states, 1), of(trace.gates), of(trace.pre), of(trace.named), trace.clamp)
    names, nothing = trace.rule.states, np.zeros_like(now.state["h"])
    zeros = dict.fromkeys(names, nothing)
    within = trace.rule.back({**zeros, "h": nothing + 1}, before, now).state
    # Asked about a total of 1 for one state and 0 for the others: what h adds to them inside the step is taken off.
    of_h = {name: value if name == "h" else -value for name, value in within.items()}
    asked = [of_h, *({**zeros, name: nothing + 1} for name in names[1:])]
    backs = [trace.rule.back(d, before, now) for d in asked]
    return Steps(
        np.stack([np.concatenate((np.full_like(nothing[:1], name == "h"), within[name])) for name in names]),
        np.stack([back.recur.reshape(len(trace), -1, nothing.shape[1]) for back in backs]),
        np.stack([back.direct.get(name, nothing) for name, back in zip(names, backs, strict=True)]),
    )


def matrices(steps: Steps, weight_hh: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Yield t = T … 1 with ∂s_t/∂h_{t−1}, (S*H, H), one state's rows below the other's, to be used before the next is.

    Σ over blocks of diag(factor)·W, for as many steps at once as fit into the cache: one small product for each unit.
    """
    S, T, G, H = steps.recur.shape
    recur, blocks = steps.recur, weight_hh.reshape(G, H, H)
    if G == 1:  # a block of zeros more, for with one alone BLAS is not asked
        recur = np.append(recur, np.zeros_like(recur), axis=2)
        blocks = np.append(blocks, np.zeros_like(blocks), axis=0)
    blocks = np.ascontiguousarray(blocks.swapaxes(0, 1))
    made = np.empty((min(T, max(1, CACHE // (S * H * H))), S, H, H), weight_hh.dtype)
    stacked, unit = made.reshape(-1, S * H, H), np.arange(H)
    for stop in range(T, 0, -len(made)):
        first = max(0, stop - len(made))
        for k in range(S):
            factors, out = recur[k, first:stop], made[: stop - first, k]
            np.matmul(factors.transpose(2, 0, 1), blocks, out=out.swapaxes(0, 1))
        made[: stop - first, 0, unit, unit] += steps.bypass[0, first:stop]
        for t in range(stop, first, -1):
            yield t, stacked[t - 1 - first]
