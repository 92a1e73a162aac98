"""The figures of the page Gradients: norms over time, Jacobians, whose loss it is, and by which way it came."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pages.figures import palette
from pages.figures.drawing import Drawing, Line, Say, heat, over_time
from pages.figures.palette import hues
from rnn_core.analysis.bounds import factors
from rnn_core.analysis.flow import flow, median
from rnn_core.analysis.gradients import GradientLab
from rnn_core.analysis.itemised import itemised
from rnn_core.analysis.jacobians import jacobians
from rnn_core.analysis.spectra import singular_values, spectral_norms
from rnn_core.inside import BYPASS
from rnn_core.params import Params
from rnn_core.unroll import Trace

Read = Mapping[str, tuple[Params, Trace]]  # by cell, as `GradientLab.trace` gives it


def norms(lab: GradientLab, read: Read, dark: bool, _: Say, names: dict[str, str]) -> Drawing:
    """‖∂L/∂s_t‖ of several cells on the same data, the median over the sequences; an LSTM's h and c parts apart.

    names: of the cells drawn, and what each is called.
    """
    lines: dict[str, Line] = {}
    for cell, called in names.items():
        params, trace = read[cell]
        parts = flow(trace, params, lab.d_h(cell, trace)).states
        lines |= _of_cell(cell, called, {name: median(part) for name, part in parts.items()}, dark)
    title = _("‖∂L/∂s_t‖: how much the state at step t still matters to the loss")
    look = _(
        "Read it from right to left, the way a gradient walks: a straight fall is a factor at every step. "
        "s_t is all that a cell carries on: h_t, and an LSTM's c_t."
    )
    return over_time("gradients", title, look, lines, "‖∂L/∂s_t‖", _)


def stretches(read: Read, dark: bool, _: Say, names: dict[str, str]) -> Drawing:
    """‖∂h_T/∂s_t‖ of the same cells: how much any direction can matter at most."""
    lines: dict[str, Line] = {}
    for cell, called in names.items():
        params, trace = read[cell]
        found = jacobians(trace, params)
        parts = ("s", *found.states) if len(found.states) > 1 else ("s",)
        lines |= _of_cell(cell, called, {name: spectral_norms(found, name) for name in parts}, dark)
    title = _("‖∂h_T/∂s_t‖: how far the state at step t can still move the last one")
    look = _("No loss is in it: the most that any direction is stretched. A gradient from the end goes one way only.")
    return over_time("jacobians", title, look, lines, "‖∂h_T/∂s_t‖", _)


def spectrum(lab: GradientLab, dark: bool, _: Say) -> Drawing:
    """The same of one cell, with its singular values, and beside it what ρ and σ_max foretell of a plain RNN."""
    params, trace = lab.jacobian_trace()
    found = jacobians(trace, params)
    back = np.arange(len(found.whole))[::-1]
    lines = {}
    if lab.spectrum:
        values = singular_values(found)
        for k in range(1, values.shape[1]):
            lines[f"σ{k + 1}"] = Line(values[:, k], hues(dark)["x"], width=0.7)
    lines[_("measured ‖∂h_T/∂s_t‖")] = Line(spectral_norms(found), hues(dark)["gradient"], width=3)
    foretold = factors(params, trace)
    for name, factor, quantity, dash in (
        (_("bound: (σ_max·max|φ′|) to the power T − t"), foretold.bound, "c", "dash"),
        (_("ρ(W_hh) to the power T − t"), foretold.radius, "h", "dot"),
    ):
        if factor is not None:
            with np.errstate(divide="ignore", invalid="ignore"):
                lines[name] = Line(np.where(back, back * np.log10(factor), 0), hues(dark)[quantity], dash)
    look = _(
        "The bound always holds, and is often far too high. ρ foretells a linear network, and promises nothing else."
    )
    if foretold.bound is None:
        look = _("A gated cell has no single W_hh, and so neither ρ nor a bound: what it does is to be measured.")
    return over_time("spectrum", _("What one step does, T − t times"), look, lines, "‖∂h_T/∂s_t‖", _)


def triangle(lab: GradientLab, dark: bool, _: Say) -> Drawing:
    """‖∂L_t/∂s_k‖: the loss at every step by itself."""
    params, trace = lab.trace(lab.cell)
    values = itemised(trace, params, lab.d_h(lab.cell, trace))["s"]
    T = len(values)
    names = (_("state at step k"), _("loss at step t"), "‖∂L_t/∂s_k‖")
    figure = heat(values, np.arange(T + 1), np.arange(1, T + 1), names)
    figure.update_yaxes(autorange="reversed")
    data = pd.DataFrame(values, columns=[f"k={k}" for k in range(T + 1)])
    data.insert(0, "t", np.arange(1, T + 1))
    title = _("Whose gradient is it? The loss at t, and how far it reaches back to k")
    look = _("Each row is one loss. Bright to the left: it still reaches far back. A narrow band is a short memory.")
    return Drawing("itemised", title, look, figure, data)


def ways(lab: GradientLab, dark: bool, _: Say) -> Drawing:
    """What flows from step t to t−1: through the matrix, and around it."""
    params, trace = lab.trace(lab.cell)
    found = flow(trace, params, lab.d_h(lab.cell, trace))
    around = "{}⊙∂L/∂{}".format(*BYPASS[trace.cell]) if trace.cell in BYPASS else ""
    lines = {_("through the matrix W_hh"): Line(median(found.through), hues(dark)["h"])}
    if around:
        lines[_("around it: {path}").format(path=around)] = Line(median(found.direct), hues(dark)["c"])
    look = _("Where the path around the matrix lies higher, the gate decides how much survives, and no matrix does.")
    title = _("Two ways back from step t to t − 1")
    return over_time("ways", title, look, lines, _("length of what flows"), _, first=1)


def _of_cell(cell: str, called: str, parts: dict[str, np.ndarray], dark: bool) -> dict[str, Line]:
    """The whole state's line, and its parts' where there are several."""
    lines = {called: Line(parts["s"], palette.CELLS[cell])}
    if "c" in parts:
        lines |= {f"{called}: {name}": Line(parts[name], hues(dark)[name], "dot") for name in ("h", "c")}
    return lines
