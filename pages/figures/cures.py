"""What precision, truncation and clipping do to a gradient: more figures of the page Gradients."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from pages.figures.drawing import Drawing, Line, Say, laid_out, over_time, series, unusual
from pages.figures.palette import hues
from rnn_core.analysis.clipping import clipping
from rnn_core.analysis.flow import median
from rnn_core.analysis.gradients import GradientLab
from rnn_core.analysis.precision import PRECISIONS, rounded
from rnn_core.analysis.truncation import truncation

RATES = np.geomspace(1e-3, 30, 19)  # so many updates are allowed at the largest T


def precision(lab: GradientLab, dark: bool, _: Say) -> Drawing:
    """The same backward pass rounded at every step."""
    params, trace = lab.trace(lab.cell)
    d_h = lab.d_h(params, trace)
    found = {name: rounded(trace.cell, params, lab.batch.x, d_h, name) for name in PRECISIONS}
    dashes = ("solid", "dash", "dot")
    lines = {name: Line(median(each.norms["s"]), series(k), dashes[k]) for k, (name, each) in enumerate(found.items())}
    look = _("Where a line breaks off, nothing is left of the gradient in that format: it underflowed to 0.")
    drawn = over_time("precision", _("The same gradient in fewer bits"), look, lines, "‖∂L/∂s_t‖", _)
    for name, each in found.items():
        drawn.data[f"denormal {name}"], drawn.data[f"zero {name}"] = each.denormal, each.zero
    gone = {name: each.gone for name, each in found.items() if each.gone is not None}
    sentence = _("{name}: at t = {t} and before nothing is left, in any of the sequences.")
    notes = (sentence.format(name=name, t=t) for name, t in gone.items())
    others = {name: line for name, line in lines.items() if name not in gone}
    return drawn._replace(notes=(*notes, *unusual(others, _)))


def truncated(lab: GradientLab, dark: bool, _: Say) -> Drawing:
    """How near a gradient cut off after k steps is to the whole one."""
    params, trace = lab.trace(lab.cell)
    model, batch = lab.model(trace.cell, params)
    ks = sorted({round(k) for k in np.geomspace(1, len(batch.x), 24)})
    found = truncation(model, batch, ks)
    figure = go.Figure()
    for name, values, quantity, dash in (
        (_("cosine of the angle to the whole gradient"), found.cosine, "gradient", "solid"),
        (_("its length ÷ the whole one's"), found.ratio, "x", "dash"),
    ):
        figure.add_scatter(x=ks, y=values, name=name, line={"color": hues(dark)[quantity], "dash": dash})
    figure.update_xaxes(type="log")
    laid_out(figure, _("cut off after k steps"), _("1 = the same"))
    data = pd.DataFrame({"k": ks, "cosine": found.cosine, "ratio": found.ratio})
    look = _("Where the cosine is 1 at a small k already, nothing arrives from further back: there is nothing to lose.")
    return Drawing("truncation", _("Truncated: the gradient cut off after k steps"), look, figure, data)


def clipped(lab: GradientLab, dark: bool, _: Say) -> Drawing:
    """One update at many learning rates, with clipping and without."""
    params, trace = lab.trace(lab.cell)
    found = clipping(*lab.model(trace.cell, params), lab.clip, RATES.tolist())
    figure = go.Figure()
    for k, (name, losses) in enumerate(((_("without clipping"), found.plain), (_("with clipping"), found.limited))):
        shown = np.where(np.isfinite(losses), losses, np.nan)
        figure.add_scatter(x=RATES, y=shown, name=name, line={"color": series(k)})
    level = {"dash": "dot", "color": hues(dark)["x"]}
    figure.add_scatter(x=RATES[[0, -1]], y=[found.before] * 2, name=_("before"), mode="lines", line=level)
    figure.update_xaxes(type="log")
    figure.update_yaxes(type="log")
    laid_out(figure, _("learning rate"), _("loss after one update"))
    data = pd.DataFrame({"rate": RATES, "without clipping": found.plain, "with clipping": found.limited})
    look = _("Where the curves part, clipping keeps an update short that would have jumped too far.")
    before, after = (f"{norm:.4g}" for norm in (found.norm, found.clipped))
    note = _("The gradient of this update is {before} long; clipped, {after}.").format(before=before, after=after)
    return Drawing("clipping", _("One update, with the gradient clipped and not"), look, figure, data, (note,))
