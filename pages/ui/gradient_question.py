"""What the page Gradients asks in the end: about what is on screen."""

from __future__ import annotations

from math import isclose, isfinite

import numpy as np

from pages.ui.language import _
from pages.ui.question import question
from pages.ui.words import NETWORKS
from rnn_core.analysis.bounds import factors
from rnn_core.analysis.cliff import UPDATES, descend
from rnn_core.analysis.gradients import GradientLab
from rnn_core.analysis.phase import Phase


def of_a_step(lab: GradientLab, cell: str) -> None:
    """The power of a factor: of this cell, as it is set or as it has learned, or of the example."""
    example = lab.example and lab.view == "jacobians"
    factor = factors(*(lab.jacobian_trace() if example else lab.trace(cell))).measured
    asked = _("As set here, one step back multiplies the gradient of the {cell} by {factor} on average. And fifty?")
    if lab.learned or example:
        asked = _("One step back multiplies this network's gradient by {factor}. And fifty steps?")
    if not isfinite(factor):  # nothing comes back at all, or no number
        return
    answer = _("Not fifty times as much: the fiftieth power, {factor}⁵⁰ = {power}. A gradient hardly ever just stays.")
    written = [f"{value:.3g}" for value in (50 * factor, factor**50, factor**5)]
    if len(set(written)) < len(written):  # it just stays
        return
    place = {"cell": _(NETWORKS[cell]), "factor": f"{factor:.4g}", "power": written[1]}
    question("gradients", asked.format(**place), [f"× {value}" for value in written], 1, answer.format(**place))


def of_a_phase(found: Phase) -> None:
    """How narrow the strip is."""
    left = found.each["s"][..., -1]
    alive = int((np.abs(left) <= 2).sum())
    asked = _("In how many of these networks is a hundredth to a hundredfold of the gradient left after {T} steps?")
    options = [_("in less than a tenth"), _("in a tenth to a half"), _("in more than half")]
    right = (alive >= 0.1 * left.size) + (alive > 0.5 * left.size)
    told = _("In {n} of {N}.").format(n=alive, N=left.size)
    question("gradients", asked.format(T=found.sweep.length), options, right, told)


def of_descents(lab: GradientLab) -> None:
    """Which of the two comes further down."""
    plain, clipped = (descend(lab.w, lab.b, lab.lr, clip=clip).losses[-1] for clip in (None, lab.clip))
    same = isclose(plain, clipped, rel_tol=0.01)
    options = [_("without clipping"), _("with clipping"), _("both at the same")]
    told = _("Without clipping L ends at {plain}, with clipping at {clipped}.")
    asked = _("Which of the two descents ends at the lower L, after {n} updates?").format(n=UPDATES)
    right = 2 if same else int(clipped < plain)
    question("gradients", asked, options, right, told.format(plain=f"{plain:.3g}", clipped=f"{clipped:.3g}"))
