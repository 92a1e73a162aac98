"""The question that the page Gates ends in: how much of a memory is left. Its answer is a product of gates."""

from __future__ import annotations

from pages.ui.language import _
from pages.ui.question import question
from rnn_core.analysis.gates import left_over
from rnn_core.analysis.laboratory import Memory
from rnn_core.inside import BYPASS
from rnn_core.unroll import Trace

BOUNDS = (0.5, 0.01, 1e-6)


def of_a_network(trace: Trace) -> None:
    """Of the unit that remembers most."""
    left = left_over(trace)
    unit, gate = int(left.argmax()), BYPASS[trace.cell][0]
    T = len(trace) if trace.lengths is None else int(trace.lengths[0])
    asked = _("Unit {unit} remembers longest. How much of what it held after step 1 is left in it after step {T}?")
    _ask(asked.format(unit=unit + 1, T=T), gate, float(left[unit]), T)


def of_a_memory(memory: Memory) -> None:
    """Of the one-unit laboratory."""
    T = len(memory.h)
    asked = _("How much of what the memory held after step 1 is left in it after step {T}?")
    _ask(asked.format(T=T), _("keep"), float(memory.reach[1]), T)


def _ask(asked: str, gate: str, left: float, T: int) -> None:
    n = T - 1
    options = [_("more than half"), _("between 1% and a half"), _("between a millionth and 1%")]
    options.append(_("less than a millionth"))
    if left == 1:
        told = _("All of it: {gate} was exactly 1 at each of the {n} steps since.").format(gate=gate, n=n)
    elif left == 0:
        told = _("Nothing: one of the {n} values of {gate} since was 0, and that wipes out everything.")
        told = told.format(gate=gate, n=n)
    else:
        told = _(
            "{left}: the product of the {n} values of {gate} since. "
            "Their geometric mean is {mean}: a little less than 1, many times over, becomes little."
        )
        told = told.format(left=f"{left:.3g}", n=n, gate=gate, mean=f"{left ** (1 / max(1, n)):.4g}")
    question("gates", asked, options, sum(left <= bound for bound in BOUNDS), told)
