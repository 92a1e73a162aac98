"""Networks along an axis: alike but for one number, and drawn from several seeds.

The axis of a plain cell is the gain of weight_hh; of a gated cell it is the bias of the gate that keeps, the LSTM's f
or a GRU's z. Networks of one seed share all else, what they read included, so what differs along the axis is the
axis' doing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rnn_core.cells import CELLS
from rnn_core.experiment import PHASE, PHASE_WORK
from rnn_core.inside import BYPASS
from rnn_core.invalid import Invalid
from rnn_core.lab import Lab
from rnn_core.params import Params, init_params, set_gate_bias

INPUTS = 2  # I: each network reads x ~ N(0, 1) of this size


class Axis(NamedTuple):
    """What differs: a `gate`'s bias, or where that is "" the gain; and the usual `values` of it."""

    gate: str
    values: tuple[float, ...]


def evenly(low: float, high: float, step: float) -> tuple[float, ...]:
    """Values from low to high, both included."""
    return tuple(np.linspace(low, high, round((high - low) / step) + 1).round(9).tolist())


# From where gradients die within a few steps to where they explode, or all but live on.
AXES = {cell: Axis("", evenly(0.5, 2, 0.05)) for cell in CELLS}
AXES |= {cell: Axis(gate, evenly(-2, 6, 0.25)) for cell, (gate, _) in BYPASS.items()}


@dataclass(frozen=True)
class Sweep(Lab):
    """A cell of H units drawn `seeds` times, each at every value of its axis, reading T = `length` steps.

    init, gain   as in `init_params`; a plain cell has its gain from the axis
    seed         decides every draw

    Raises Invalid where a setting is out of range, or all of it is too much work.
    """

    RULES = PHASE
    cell: str = "rnn"
    init: str = "orthogonal"
    gain: float = 1.0
    hidden: int = 32
    length: int = 100
    seeds: int = 15
    seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_price(len(self.axis.values))

    @property
    def axis(self) -> Axis:
        return AXES[self.cell]

    def check_price(self, values: int) -> None:
        """Raises Invalid where so many values of the axis are too much work: which setting to lower, and how far."""
        weights = len(CELLS[self.cell].blocks) * self.hidden**2
        work = values * self.seeds * self.length * weights
        if work > PHASE_WORK:
            field = max("length", "seeds", key=lambda name: getattr(self, name) / getattr(Sweep, name))
            given = getattr(self, field)
            raise Invalid("range", field, given, (1, int(given * PHASE_WORK / work)))

    def draw(self, k: int) -> tuple[Params, np.ndarray, np.ndarray]:
        """What the networks of the k-th seed (from 0) share.

        Returns parameters, of gain 1 or bias 0 where the axis is; x (T, I); a random unit vector for ∂L/∂h_T (H,).
        """
        rng = np.random.default_rng((self.seed, k))
        gain = self.gain if self.axis.gate else 1.0
        params = init_params(self.cell, INPUTS, self.hidden, rng, init=self.init, gain=gain)
        if self.axis.gate:
            set_gate_bias(params, self.cell, self.axis.gate, 0)
        direction = rng.standard_normal(self.hidden)
        return params, rng.standard_normal((self.length, INPUTS)), direction / np.linalg.norm(direction)

    def network(self, k: int, value: float) -> Params:
        """The k-th seed's network at a value of the axis: the parameters, for `unroll`."""
        params = self.draw(k)[0]
        if self.axis.gate:
            set_gate_bias(params, self.cell, self.axis.gate, value)
        else:
            params["weight_hh"] *= value
        return params
