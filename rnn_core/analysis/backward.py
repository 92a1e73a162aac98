"""One step of BPTT at a time, for analyses that look at, or change, what travels between two steps.

`rnn_core.bptt` is the whole way in one; a test holds both equal.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from rnn_core.cells import Arrays
from rnn_core.invalid import Invalid
from rnn_core.params import Params
from rnn_core.unroll import Trace


class StepBack(NamedTuple):
    """What one time step does to a gradient. Arrays are (…, B, H), by name of the state.

    total    ∂L/∂s_t, every path through this step included
    through  what reaches h_{t−1} by way of the recurrent matrix, an array
    direct   what reaches s_{t−1} past it: f⊙dc, z⊙dh
    """

    total: Arrays
    through: np.ndarray
    direct: Arrays

    @property
    def flows(self) -> Arrays:
        """What reaches s_{t−1}, both ways together."""
        return {**self.direct, "h": self.through + self.direct.get("h", 0)}


def step_back(trace: Trace, params: Params, t: int, reach: Arrays) -> StepBack:
    """Carry what `reach`es s_t, from the loss at t and from later steps, back to s_{t−1}; t = 1 … T.

    reach: (…, B, H) by name; each row on axes before B is a gradient of its own that shares the trace. A sequence that
    has ended hands it on as it is.
    """
    back = trace.rule.back(reach, *trace.at(t), lambda d: d @ params["weight_hh"])
    step = StepBack(back.state, back.through, back.direct)
    if trace.lengths is None:
        return step
    reading = (t <= trace.lengths)[:, None]
    return StepBack(
        {name: np.where(reading, total, reach[name]) for name, total in step.total.items()},
        np.where(reading, step.through, 0),
        {name: np.where(reading, step.direct.get(name, 0), given) for name, given in reach.items()},
    )


def of_sequence(trace: Trace, sequence: int) -> Trace:
    """The same trace of one of its B sequences, up to its own last step: B = 1 and no padding.

    Raises Invalid where there is no such sequence.
    """
    B = trace.x.shape[1]
    if not 0 <= sequence < B:
        raise Invalid("range", "sequence", sequence, (0, B - 1))
    T = len(trace) if trace.lengths is None else int(trace.lengths[sequence])

    def cut(arrays: Arrays, steps: int = T) -> Arrays:
        return {name: value[:steps, sequence : sequence + 1] for name, value in arrays.items()}

    return replace(
        trace,
        x=trace.x[:T, sequence : sequence + 1],
        states=cut(trace.states, T + 1),
        gates=cut(trace.gates),
        pre=cut(trace.pre),
        named=cut(trace.named),
        lengths=None,
        clamp={gate: held[:T] for gate, held in trace.clamp.items()},
    )
