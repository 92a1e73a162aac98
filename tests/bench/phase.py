"""The phase diagram of the page against the same networks one at a time; drawing them counts on both sides."""

from __future__ import annotations

from functools import partial

import numpy as np

from rnn_core import bptt, unroll
from rnn_core.analysis.phase import phase
from rnn_core.analysis.sweep import Sweep
from rnn_core.cells import CELLS
from rnn_core.training.processor import one_thread
from tests.bench.harness import Sides, case

REDRAWN = 400  # milliseconds until a person sees it


def diagram(cell: str) -> Sides:
    """At least 400 networks; of these the peer runs the first seed's."""
    sweep = Sweep(cell)
    values = sweep.axis.values
    assert len(values) * sweep.seeds >= 400
    assert (sweep.hidden, sweep.length) == (32, 100)
    _, x, direction = sweep.draw(0)
    d_h = np.zeros((sweep.length, 1, sweep.hidden))
    d_h[-1, 0] = direction

    def ours() -> np.ndarray:
        with one_thread():
            return phase(sweep).each["s"]

    def peer() -> np.ndarray:
        norms = []
        with one_thread():
            for value in values:
                params = sweep.network(0, value)
                trace = unroll(cell, params, x[:, None])
                states = bptt(trace, params, d_h).states.values()
                norms.append(np.linalg.norm(np.concatenate(list(states), axis=-1)[::-1, 0], axis=-1))
        return np.log10(norms)

    def agree(mine: np.ndarray, theirs: np.ndarray) -> None:
        calm = slice(0, None if sweep.axis.gate else 19)  # gains up to 1.4; from there tanh is chaotic
        theirs = theirs - theirs[:, :1]
        np.testing.assert_allclose(mine[0, calm], theirs[calm], rtol=0, atol=1e-10)

    return Sides(ours, peer, agree, peer_is=1 / sweep.seeds)


for cell in CELLS:
    case(f"phase-{cell}", "unroll + bptt, one at a time", floor=20, pairs=15, limits={"ours_ms": REDRAWN})(
        partial(diagram, cell)
    )
