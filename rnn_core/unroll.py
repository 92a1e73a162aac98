"""One layer, one direction, forwards through time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from rnn_core.cells import CELLS, FREE, Cell, Step, numpy_ops
from rnn_core.clamp import Clamp, spans
from rnn_core.invalid import Invalid
from rnn_core.params import Params, shapes


@dataclass(frozen=True, eq=False)
class Trace:
    """What happened when a layer read B sequences of T steps. All arrays are read-only, in the dtype of the parameters.

    x       (T, B, I)
    states  by name, (T+1, B, H); index 0 is the initial state
    gates   by name, (T, B, H); after the nonlinearity
    pre     by block, (T, B, H); what entered the nonlinearity
    named   by formula, (T, B, H); the cell's intermediate products
    lengths (B,) steps read of each sequence, or None: all; past them the state stays as it is
    clamp   by gate, (T, H); what it was held at, NaN where it was free. A gate that was never held is not there
    variant the equations, where they were others than the cell's own
    """

    cell: str
    x: np.ndarray
    states: dict[str, np.ndarray]
    gates: dict[str, np.ndarray]
    pre: dict[str, np.ndarray]
    named: dict[str, np.ndarray]
    lengths: np.ndarray | None = None
    clamp: dict[str, np.ndarray] = field(default_factory=dict)
    variant: Cell | None = None

    @property
    def rule(self) -> Cell:
        """The equations that made it."""
        return self.variant or CELLS[self.cell]

    def __len__(self) -> int:
        return len(self.x)

    @property
    def multiplied(self) -> list[tuple[slice, np.ndarray]]:
        """Rows of weight_hh, all of them in turn, each with what they were multiplied with at every step, (T, B, H):
        h_{t−1}, or what the cell made of it."""
        h, given = self.states["h"][:-1], self.rule.multiplied
        if not given:
            return [(slice(None), h)]
        H = h.shape[-1]
        of_blocks = [self.named[given[block]] if block in given else h for block in self.rule.blocks]
        return [(slice(k * H, (k + 1) * H), value) for k, value in enumerate(of_blocks)]

    def at(self, t: int) -> tuple[dict[str, np.ndarray], Step]:
        """State before time step t (1 … T) and what the cell computed there, as `Cell.back` wants them."""
        before = {name: s[t - 1] for name, s in self.states.items()}
        now = Step(
            {name: s[t] for name, s in self.states.items()},
            {name: v[t - 1] for name, v in self.gates.items()},
            {name: v[t - 1] for name, v in self.pre.items()},
            {name: v[t - 1] for name, v in self.named.items()},
            _clamp_at(self.clamp, t - 1),
        )
        return before, now


def check_params(cell: str, params: Params, x: np.ndarray) -> int:
    """Return H; raise Invalid where a name, a shape or the dtype does not fit cell and input x (T, B, I)."""
    if cell not in CELLS:
        raise Invalid("choice", "cell", cell, ", ".join(CELLS))
    if x.ndim != 3 or 0 in x.shape:
        raise Invalid("shape", "x", x.shape, "(T, B, I)")
    hidden_size = params["weight_hh"].shape[-1] if "weight_hh" in params else 0
    for name, shape in shapes(cell, x.shape[2], hidden_size).items():
        if name not in params or params[name].shape != shape:
            raise Invalid("shape", name, params[name].shape if name in params else None, shape)
        if params[name].dtype != params["weight_hh"].dtype:
            raise Invalid("dtype", name, params[name].dtype, params["weight_hh"].dtype)
    return hidden_size


def unroll(
    cell: str,
    params: Params,
    x: np.ndarray,
    state: Mapping[str, np.ndarray] | None = None,
    lengths: np.ndarray | None = None,
    clamp: Iterable[Clamp] = (),
    variant: Cell | None = None,
) -> Trace:
    """Read x (T, B, I) from the initial `state`, a dict of (B, H) arrays by name (zeros where it is silent).

    lengths (B,): how many steps of each sequence count; the rest is padding and leaves the state alone.
    clamp: gates to hold at a value for a while; of two at one place the later holds.
    variant: other equations on the same parameters, as in `analysis.variants`; None: the cell's own.

    Raises Invalid where cell, shapes, names or clamps do not fit.
    """
    x = np.asarray(x)
    H = check_params(cell, params, x)
    rule = variant or CELLS[cell]
    T, B, _ = x.shape
    dtype = params["weight_hh"].dtype
    x = np.array(x, dtype=dtype)
    weight_hh, bias_hh = np.ascontiguousarray(params["weight_hh"].T), params["bias_hh"]

    if lengths is not None and np.shape(lengths) != (B,):
        raise Invalid("shape", "lengths", np.shape(lengths), (B,))

    states = {name: np.zeros((T + 1, B, H), dtype) for name in rule.states}
    for name, start in (state or {}).items():
        if name not in states or np.shape(start) != (B, H):
            raise Invalid("shape", f"state {name}", np.shape(start), (B, H))
        states[name][0] = start
    gates = {name: np.empty((T, B, H), dtype) for name in rule.gates}
    pre = {name: np.empty((T, B, H), dtype) for name in rule.blocks}
    named = {name: np.empty((T, B, H), dtype) for name in rule.named}
    held = spans(clamp, cell, T, H, dtype)

    a = x @ params["weight_ih"].T + params["bias_ih"]  # for every time step in one product

    def recur(h: np.ndarray) -> np.ndarray:
        return h @ weight_hh + bias_hh

    now = {name: s[0] for name, s in states.items()}
    with np.errstate(over="ignore", invalid="ignore"):  # infinities are shown to the learner, not warned about
        for t in range(T):
            step = rule.step(a[t], now, recur, numpy_ops, _clamp_at(held, t) if held else FREE)
            now = step.state if lengths is None else _held(t, lengths, now, step.state)
            for kept, values, at in (
                (states, now, t + 1),
                (gates, step.gates, t),
                (pre, step.pre, t),
                (named, step.named, t),
            ):
                for name, value in values.items():
                    kept[name][at] = value

    freeze(x, states, gates, pre, named, held)
    return Trace(cell, x, states, gates, pre, named, lengths, held, variant)


def _clamp_at(clamp: dict[str, np.ndarray], index: int) -> dict[str, np.ndarray]:
    """One time step of Trace.clamp."""
    return {gate: values[index] for gate, values in clamp.items()}


def _held(
    t: int, lengths: np.ndarray, before: dict[str, np.ndarray], new: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """The new state, or the one before where the sequence has ended."""
    reading = (t < lengths)[:, None]
    return {name: np.where(reading, value, before[name]) for name, value in new.items()}


def freeze(*things: np.ndarray | Mapping[str, np.ndarray]) -> None:
    """Make arrays, and the arrays in dicts, read-only."""
    for thing in things:
        for array in thing.values() if isinstance(thing, Mapping) else (thing,):
            array.setflags(write=False)
