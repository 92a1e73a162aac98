"""Every step back of one sequence as a linear map, all at once.

Back through a step a gradient is multiplied unit by unit, by factors that the forward pass has fixed, and then by the
recurrent matrix. So the cell's own `back`, asked about ones, tells the factors of all steps together. A GRU that resets
before the product goes through the matrix twice and has no such factors: its `back` is asked about the identity.

As in Grads.states a derivative to a state counts every path, also the one from c_t to h_t inside step t.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from rnn_core.cells import Arrays, Back, Step
from rnn_core.unroll import Trace

CACHE = 1 << 17  # numbers in the matrices of so many steps


class Steps(NamedTuple):
    """The factors of every step, by state k, h first.

    within  (S, T+1, H): ∂h_t/∂(state k)_t, the path inside the step that made both; none in the initial state
    recur   (S, T, G, H): by what the total ∂L/∂(state k)_t is multiplied before it first enters the matrix
    bypass  (S, T, H): by what on its way to (state k)_{t−1}, past the matrix
    """

    within: np.ndarray
    recur: np.ndarray
    bypass: np.ndarray


def all_steps(trace: Trace) -> Steps:
    """Of a trace with B = 1. Its T steps take the place of the B sequences that `back` knows."""
    before, now = _side_by_side(trace, slice(None))
    names, nothing = trace.rule.states, np.zeros_like(now.state["h"])
    zeros = dict.fromkeys(names, nothing)

    def back(d: Arrays) -> Back:
        return trace.rule.back(d, before, now, lambda _: nothing)  # what comes through the matrix is not asked for

    within = back({**zeros, "h": nothing + 1}).state
    # Asked about a total of 1 for one state and 0 for the others: what h adds to them inside the step is taken off.
    of_h = {name: value if name == "h" else -value for name, value in within.items()}
    backs = [back(d) for d in (of_h, *({**zeros, name: nothing + 1} for name in names[1:]))]
    return Steps(
        np.stack([np.concatenate((np.full_like(nothing[:1], name == "h"), within[name])) for name in names]),
        np.stack([back.recur.reshape(len(trace), -1, nothing.shape[1]) for back in backs]),
        np.stack([back.direct.get(name, nothing) for name, back in zip(names, backs, strict=True)]),
    )


def matrices(trace: Trace, steps: Steps, weight_hh: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Yield t = T … 1 with ∂s_t/∂h_{t−1}, (S*H, H), one state's rows below the other's, to be used before the next is.

    Made for as many steps at once as fit into the cache.
    """
    S, T, _, H = steps.recur.shape
    made = np.empty((min(T, max(1, CACHE // (S * H * H))), S, H, H), weight_hh.dtype)
    stacked = made.reshape(-1, S * H, H)
    fill = _twice_through(trace, weight_hh) if trace.rule.multiplied else _factors_times_blocks(steps, weight_hh)
    unit = np.arange(H)
    for stop in range(T, 0, -len(made)):
        first = max(0, stop - len(made))
        fill(slice(first, stop), made[: stop - first])
        made[: stop - first, 0, unit, unit] += steps.bypass[0, first:stop]
        for t in range(stop, first, -1):
            yield t, stacked[t - 1 - first]


Fill = Callable[[slice, np.ndarray], None]  # which steps, and where their matrices go, (n, S, H, H)


def _factors_times_blocks(steps: Steps, weight_hh: np.ndarray) -> Fill:
    """Σ over blocks of diag(factor)·W: one small product for each unit."""
    S, _, G, H = steps.recur.shape
    recur, blocks = steps.recur, weight_hh.reshape(G, H, H)
    if G == 1:  # a block of zeros more, for with one alone BLAS is not asked
        recur = np.append(recur, np.zeros_like(recur), axis=2)
        blocks = np.append(blocks, np.zeros_like(blocks), axis=0)
    blocks = np.ascontiguousarray(blocks.swapaxes(0, 1))

    def fill(some: slice, out: np.ndarray) -> None:
        for k in range(S):
            np.matmul(recur[k, some].transpose(2, 0, 1), blocks, out=out[:, k].swapaxes(0, 1))

    return fill


def _twice_through(trace: Trace, weight_hh: np.ndarray) -> Fill:
    """What `back` brings through the matrix of each row of the identity. (Such a cell's state is h alone.)"""
    rows = np.eye(weight_hh.shape[1], dtype=weight_hh.dtype)[:, None]

    def fill(some: slice, out: np.ndarray) -> None:
        before, now = _side_by_side(trace, some)
        d = {"h": np.broadcast_to(rows, (len(rows), *now.state["h"].shape))}
        out[:, 0] = trace.rule.back(d, before, now, lambda d: d @ weight_hh).through.swapaxes(0, 1)

    return fill


def _side_by_side(trace: Trace, some: slice) -> tuple[Arrays, Step]:
    """Some of the steps of a trace with B = 1, as `back` takes sequences; as Trace.at has one."""

    def of(arrays: Arrays) -> Arrays:
        return {name: value[some, 0] for name, value in arrays.items()}

    before = of({name: value[:-1] for name, value in trace.states.items()})
    after = of({name: value[1:] for name, value in trace.states.items()})
    held = {gate: value[some] for gate, value in trace.clamp.items()}
    return before, Step(after, of(trace.gates), of(trace.pre), of(trace.named), held)
