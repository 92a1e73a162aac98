"""The figures of the page Gradients: norms over time, Jacobians, whose loss it is, and by which way it came."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pages.figures import palette
from pages.figures.drawing import Drawing, Line, Say, heat, log_lines, unusual
from pages.figures.palette import hues
from rnn_core.analysis.bounds import factors
from rnn_core.analysis.flow import flow, median
from rnn_core.analysis.gradients import GradientLab
from rnn_core.analysis.itemised import itemised
from rnn_core.analysis.jacobians import jacobians
from rnn_core.analysis.spectra import singular_values, spectral_norms
from rnn_core.experiment import NETWORKS

LABELS = dict(zip(NETWORKS, ("RNN", "RNN relu", "RNN σ", "RNN linear", "LSTM", "GRU", "IRNN"), strict=True))


def norms(lab: GradientLab, dark: bool, _: Say) -> Drawing:
    """‖∂L/∂s_t‖ of several cells on the same data, the median over the sequences; an LSTM's h and c parts apart."""
    lines, steps = {}, np.arange(1)
    for cell in lab.cells:
        params, trace = lab.trace(cell)
        parts = flow(trace, params, lab.d_h(params, trace)).states
        steps = np.arange(len(parts["s"]))
        lines |= _of_cell(cell, {name: median(part) for name, part in parts.items()}, dark)
    return _over_time("gradients", _("‖∂L/∂s_t‖: how much the state at step t still matters to the loss"), _(
        "Read it from right to left, the way a gradient walks: a straight fall is a factor at every step."
    ), lines, steps, "‖∂L/∂s_t‖", _)  # fmt: skip


def stretches(lab: GradientLab, dark: bool, _: Say) -> Drawing:
    """‖∂h_T/∂s_t‖ of the same cells: how much any direction can matter at most."""
    lines, steps = {}, np.arange(1)
    for cell in lab.cells:
        params, trace = lab.trace(cell)
        found = jacobians(trace, params)
        parts = ("s", *found.states) if len(found.states) > 1 else ("s",)
        lines |= _of_cell(cell, {name: spectral_norms(found, name) for name in parts}, dark)
        steps = np.arange(len(found.whole))
    return _over_time("jacobians", _("‖∂h_T/∂s_t‖: how far the state at step t can still move the last one"), _(
        "No loss is in it: the most that any direction is stretched. A gradient from the end goes one way only."
    ), lines, steps, "‖∂h_T/∂s_t‖", _)  # fmt: skip


def spectrum(lab: GradientLab, dark: bool, _: Say) -> Drawing:
    """The same of one cell, with its singular values, and beside it what ρ and σ_max foretell of a plain RNN."""
    params, trace = lab.jacobian_trace()
    found = jacobians(trace, params)
    T = len(found.whole) - 1
    back = np.arange(T, -1, -1)
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
    return _over_time("spectrum", _("What one step does, T − t times"), look, lines, back[::-1], "‖∂h_T/∂s_t‖", _)


def triangle(lab: GradientLab, dark: bool, _: Say) -> Drawing:
    """‖∂L_t/∂s_k‖: the loss at every step by itself."""
    params, trace = lab.trace(lab.cell)
    values = itemised(trace, params, lab.d_h(params, trace))["s"]
    T = len(values)
    names = (_("state at step k"), _("loss at step t"), "‖∂L_t/∂s_k‖")
    figure = heat(values, np.arange(T + 1), np.arange(1, T + 1), names)
    figure.update_yaxes(autorange="reversed")
    data = pd.DataFrame(values, columns=[f"k={k}" for k in range(T + 1)])
    data.insert(0, "t", np.arange(1, T + 1))
    look = _("Each row is one loss. Bright to the left: it still reaches far back. A narrow band is a short memory.")
    return Drawing(
        "itemised", _("Whose gradient is it? The loss at t, and how far it reaches back to k"), look, figure, data
    )


def ways(lab: GradientLab, dark: bool, _: Say) -> Drawing:
    """What flows from step t to t−1: through the matrix, and around it."""
    params, trace = lab.trace(lab.cell)
    found = flow(trace, params, lab.d_h(params, trace))
    around = {"lstm": "f⊙∂L/∂c", "gru": "z⊙∂L/∂h"}.get(trace.cell)
    lines = {_("through the matrix W_hh"): Line(median(found.through), hues(dark)["h"])}
    if around:
        lines[_("around it: {path}").format(path=around)] = Line(median(found.direct), hues(dark)["c"])
    look = _("Where the path around the matrix lies higher, the gate decides how much survives, and no matrix does.")
    steps = np.arange(1, len(found.through) + 1)
    return _over_time("ways", _("Two ways back from step t to t − 1"), look, lines, steps, _("length of what flows"), _)


def _of_cell(cell: str, parts: dict[str, np.ndarray], dark: bool) -> dict[str, Line]:
    """The whole state's line, and its parts' where there are several."""
    hue = palette.CELLS[cell]
    lines = {LABELS[cell]: Line(parts["s"], hue)}
    if "c" in parts:
        lines |= {f"{LABELS[cell]}: {name}": Line(parts[name], hues(dark)[name], "dot") for name in ("h", "c")}
    return lines


def _over_time(name: str, title: str, look: str, lines: dict[str, Line], steps: np.ndarray, y: str, _: Say) -> Drawing:
    data = pd.DataFrame({"t": steps, **{f"log10 {line}": values.values for line, values in lines.items()}})
    return Drawing(name, title, look, log_lines(lines, steps, _("time step t"), y), data, unusual(lines, _))
