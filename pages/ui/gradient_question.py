"""What the page Gradients asks in the end: about the network as it is set."""

from __future__ import annotations

from dataclasses import replace

from pages.ui.language import _
from pages.ui.question import question
from rnn_core.analysis.bounds import factors
from rnn_core.analysis.gradients import GradientLab


def ask(lab: GradientLab) -> None:
    """The power of a factor, from the network as it is set."""
    factor = factors(*replace(lab, cell="rnn", example=False).jacobian_trace()).measured
    asked = _("One step back multiplies the tanh RNN's gradient by {factor}, as it is set here. And fifty steps?")
    answer = _("Not fifty times as much: the fiftieth power, {factor}⁵⁰ = {power}. A gradient hardly ever just stays.")
    written = [f"{value:.2g}" for value in (50 * factor, factor**50, factor**5)]
    place = {"factor": f"{factor:.3f}", "power": written[1]}
    question("gradients", asked.format(**place), [f"× {value}" for value in written], 1, answer.format(**place))
