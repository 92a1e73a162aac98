"""A phase diagram: how much of a gradient is left so many steps back, along an axis of networks.

Hundreds of networks, each for itself: run over T steps, and a gradient carried back from h_T. Those of one seed differ
in a number only (`sweep`), so they are the rows of one product: that makes it fast. The equations are those of
`cells.py`, on arrays (S, N, H): S seeds, N values of the axis, H units.

Where gradients explode a network is chaotic, and the last bit of a sum decides its states: one network's numbers are
then its own on each machine. What its seeds have in common is not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from rnn_core.analysis.sweep import Sweep
from rnn_core.cells import CELLS, Array, Arrays, Step, numpy_ops
from rnn_core.experiment import FIELDS, PHASE_VALUES
from rnn_core.params import block_rows
from rnn_core.unroll import freeze

CACHE = 1 << 19  # numbers in h, over all steps, of the networks walked together: past the cache it stops paying

Steps = list[tuple[Arrays, Step]]


@dataclass(frozen=True, eq=False)
class Phase:
    """What came back. All arrays are read-only.

    values  (N,) along the axis
    each    log₁₀(‖∂L/∂s_{T−lag}‖ ÷ ‖∂L/∂s_T‖) of every network, (S, N, T+1) for lags 0 … T, by part: "s" is the whole
            state; an LSTM has "h" and "c" too, divided by the same whole. L is a random unit direction of h_T, one for
            each seed. −inf where nothing comes back; NaN where a network's states left the floats
    """

    sweep: Sweep
    values: np.ndarray
    each: dict[str, np.ndarray]

    def at(self, share: float = 0.5, part: str = "s") -> np.ndarray:
        """(N, T+1): at each value and lag by itself, the least number that this share of the seeds does not exceed.

        0.5 is the median over the seeds: of an even number the lower of the two in the middle, for between −inf and a
        number there is no mean. NaN where one of the seeds' is.
        """
        return np.quantile(self.each[part], share, axis=0, method="inverted_cdf")


def phase(sweep: Sweep, values: Sequence[float] | None = None) -> Phase:
    """Run every network. values: along the axis, if not the usual ones.

    Raises Invalid where a value is out of range, or there are too many.
    """
    values = sweep.axis.values if values is None else tuple(map(float, values))
    PHASE_VALUES.check("values", len(values))
    for value in values:
        FIELDS["forget_bias" if sweep.axis.gate else "gain"].check("values", value)
    sweep.check_price(len(values))
    along = np.array(values)
    at_once = max(1, CACHE // (len(values) * sweep.length * sweep.hidden))
    groups = [range(k, min(k + at_once, sweep.seeds)) for k in range(0, sweep.seeds, at_once)]
    parts = [_run(sweep, along, group) for group in groups]
    each = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    freeze(along, each)
    return Phase(sweep, along, each)


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def _run(sweep: Sweep, values: np.ndarray, seeds: range) -> dict[str, np.ndarray]:
    """`Phase.each` of some of the seeds."""
    params, x, direction = zip(*map(sweep.draw, seeds), strict=True)
    weight_ih, weight_hh, bias_ih, bias_hh = (np.stack([each[name] for each in params]) for name in params[0])
    shape = (len(seeds), len(values), sweep.hidden)
    gain, bias = np.ones((shape[1], 1)), np.repeat(bias_hh[:, None], shape[1], axis=1)  # (N, 1), (S, N, G*H)
    if sweep.axis.gate:
        bias[..., block_rows(sweep.cell, sweep.axis.gate, sweep.hidden)] = values[:, None]
    else:
        gain = values[:, None]
    a = np.stack(x) @ weight_ih.swapaxes(1, 2) + bias_ih[:, None]  # (S, T, G*H)
    weight_T = np.ascontiguousarray(weight_hh.swapaxes(1, 2))

    def recur(h: np.ndarray) -> np.ndarray:
        product = (h * gain) @ weight_T
        product += bias
        return product

    start = {name: np.zeros(shape) for name in CELLS[sweep.cell].states}
    steps = _forwards(sweep.cell, a.swapaxes(0, 1)[:, :, None], start, recur)
    d = start | {"h": np.repeat(np.stack(direction)[:, None], shape[1], axis=1)}
    logs = _backwards(sweep.cell, steps, d, weight_hh, gain)
    last = steps[-1][1].state
    logs[:, ~np.all([np.isfinite(state).all(axis=-1) for state in last.values()], axis=0)] = np.nan
    return dict(zip(("s", *last) if len(last) > 1 else ("s",), logs, strict=False))  # a single state is the whole


def _forwards(cell: str, a: np.ndarray, state: Arrays, recur: Callable[[Array], Array]) -> Steps:
    """What each step computed from a (T, S, 1, G*H), and the state (S, N, H) before it."""
    steps = []
    for a_t in a:
        step = CELLS[cell].step(a_t, state, recur, numpy_ops)
        steps.append((state, step._replace(pre={})))  # `back` needs no pre: the next step has its memory
        state = step.state
    return steps


def _backwards(cell: str, steps: Steps, d: Arrays, weight: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """log₁₀ of the gradient's length, its whole and then part by part: (1 + parts, S, N, T+1), at lag 0 the whole is 0.

    d: ∂L/∂s_T, (S, N, H) by name; weight (S, G*H, H), gain (N, 1). At every step the gradient is made as long as 1 and
    its length kept as a logarithm: neither it nor its square leaves the floats.
    """

    def lengths(d: Arrays) -> np.ndarray:
        squares = [np.vecdot(d[name], d[name]) for name in CELLS[cell].states]
        return np.sqrt([sum(squares), *squares])

    found = []
    for before, step in reversed(steps):
        back = CELLS[cell].back(d, before, step, lambda d: (d @ weight) * gain)
        found.append(lengths(back.state))
        scale = 1 / np.where(found[-1][0] == 0, 1, found[-1][0])[..., None]
        d = {name: bypass * scale for name, bypass in back.direct.items()}
        d["h"] = d.get("h", 0) + back.through * scale
    logs = np.log10([*found, lengths(d)])  # (T+1, 1 + parts, S, N)
    logs[1:] += np.cumsum(logs[:-1, :1], axis=0)
    return np.moveaxis(logs - logs[0, 0], 0, -1)
