"""The question that the page Gates ends in: how much of a memory is left. Its answer is a product of gates."""

from __future__ import annotations

from math import isnan

from pages.ui.language import _
from pages.ui.question import question
from rnn_core.analysis.gates import left_over
from rnn_core.analysis.laboratory import Memory
from rnn_core.analysis.order import order
from rnn_core.inside import BYPASS
from rnn_core.unroll import Trace

BOUNDS = (0.5, 0.01, 1e-6)


def of_a_network(trace: Trace) -> None:
    """Of the unit with the longest half-life."""
    unit, gate = int(order(trace, "half-life")[0]), BYPASS[trace.cell][0]
    left, T, several = float(left_over(trace)[unit]), len(trace), trace.x.shape[1]
    if T < 2 or isnan(left) or (left == 0 and trace.gates[gate].all()):  # too small for a float
        return
    asked = _("Unit {unit} remembers longest. How much of what it held after step 1 is left in it after step {T}?")
    if several > 1:
        asked = _(
            "Unit {unit} remembers longest. How much of what it held after step 1 is left in it after step {T}, "
            "in the geometric mean over the {B} sequences?"
        )
    mean = left ** (1 / (T - 1))
    told = _("{left}: the product of the {n} values of {gate} since. Their geometric mean is {mean}.")
    if left < 0.5 and mean > 0.8:
        told = _(
            "{left}: the product of the {n} values of {gate} since. "
            "Their geometric mean is {mean}: a little less than 1, many times over, becomes little."
        )
    told = told.format(left=f"{left:.3g}", n=T - 1, gate=gate, mean=f"{mean:.4g}")
    _ask(asked.format(unit=unit + 1, T=T, B=several), gate, left, T, told)


def of_a_memory(memory: Memory, keep: tuple[float, ...]) -> None:
    """Of the one-unit laboratory. keep: its signal at each step."""
    T, left = len(memory.h), float(memory.reach[1])
    asked = _("How much of what the memory held after step 1 is left in it after step {T}?")
    product = " · ".join(f"{value:g}" for value in keep[1:])
    told = _("All that was kept since, multiplied: {product} = {left}.").format(product=product, left=f"{left:.3g}")
    _ask(asked.format(T=T), _("keep"), left, T, told)


def _ask(asked: str, gate: str, left: float, T: int, told: str) -> None:
    """told: the answer where something, and not all, is left."""
    options = [_("more than half"), _("between 1% and a half"), _("between a millionth and 1%")]
    options.append(_("less than a millionth"))
    if left == 1:
        told = _("All of it: {gate} was exactly 1 at each of the {n} steps since.").format(gate=gate, n=T - 1)
    elif left == 0:
        told = _("Nothing: one of the {n} values of {gate} since was 0, and that wipes out everything.")
        told = told.format(gate=gate, n=T - 1)
    question("gates", asked, options, sum(left <= bound for bound in BOUNDS), told)
