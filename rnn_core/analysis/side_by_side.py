"""The same input read twice or thrice: as it is and with something done to it, or by one cell and another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from rnn_core.analysis.flow import Flow, flow, from_the_end
from rnn_core.analysis.gate_settings import GateLab
from rnn_core.analysis.variants import lstm_variant
from rnn_core.cells import Cell
from rnn_core.clamp import Clamp
from rnn_core.params import Params
from rnn_core.unroll import Trace, unroll


@dataclass(frozen=True, eq=False)
class Run:
    """One reading: the parameters and what happened; seed: of the loss's direction."""

    params: Params
    trace: Trace
    seed: int

    @cached_property
    def flow(self) -> Flow:
        """The gradient of a loss that looks at h_T alone: walked back when it is first asked for."""
        return flow(self.trace, self.params, from_the_end(self.trace, self.seed))


def run(
    lab: GateLab, cell: str, params: Params | None = None, clamp: Iterable[Clamp] = (), variant: Cell | None = None
) -> Run:
    """Read the lab's input. params: None, those the lab draws for the cell; clamp, variant: as in `unroll`."""
    own, x = lab.network(cell)
    params = own if params is None else params
    trace = unroll(cell, params, x, lengths=lab.batch_read.lengths, clamp=clamp, variant=variant)
    return Run(params, trace, lab.seed)


def intervened(lab: GateLab) -> tuple[Run, Run]:
    """As it is, and with the lab's clamps and bias."""
    return run(lab, lab.cell), run(lab, lab.cell, lab.biased, lab.held)


def varied(lab: GateLab) -> tuple[Run, Run]:
    """The LSTM, and with the lab's switches on."""
    variant, clamps = lstm_variant(lab.variant, lab.steps)
    return run(lab, "lstm"), run(lab, "lstm", clamp=clamps, variant=variant)
