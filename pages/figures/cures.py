"""What precision, truncation and clipping do to a gradient: more figures of the page Gradients."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from pages.figures.drawing import Drawing, Line, Say, laid_out, over_time, series, unusual
from pages.figures.logarithms import log_axis
from pages.figures.palette import hues
from rnn_core.analysis.clipping import clipping
from rnn_core.analysis.flow import flow, median
from rnn_core.analysis.gradients import GradientLab
from rnn_core.analysis.precision import PRECISIONS, rounded
from rnn_core.analysis.truncation import longest, truncation
from rnn_core.invalid import Invalid

RATES = np.geomspace(1e-3, 30, 19)  # so many updates are allowed at the largest T


def precision(lab: GradientLab, dark: bool, _: Say) -> Drawing:
    """The same backward pass rounded at every step."""
    params, trace = lab.trace(lab.cell)
    d_h = lab.d_h(lab.cell, trace)
    found = {name: rounded(trace.cell, params, trace.x, d_h, name) for name in PRECISIONS}
    dashes = ("solid", "dash", "dot")
    lines = {name: Line(median(each.norms["s"]), series(k), dashes[k]) for k, (name, each) in enumerate(found.items())}
    look = _("Each line is the median of {n} sequences. Where one breaks off, its format holds the gradient no longer.")
    look = look.format(n=trace.x.shape[1])
    drawn = over_time("precision", _("The same gradient in fewer bits"), look, lines, "‖∂L/∂s_t‖", _)
    for name, each in found.items():
        drawn.data[f"denormal {name}"], drawn.data[f"zero {name}"] = each.denormal, each.zero
    return drawn._replace(notes=_breaks(lines, median(flow(trace, params, d_h).states["s"]), _))


def _breaks(lines: Mapping[str, Line], exact: np.ndarray, _: Say) -> tuple[str, ...]:
    """Where each line ends, and by what: the format's doing where the exact gradient goes on."""
    told = []
    zero = _("{name}: before t = {t} the gradient is exactly 0, it underflowed.")
    lost = _("{name}: before t = {t} it is no number any more, it overflowed, or the states did.")
    for name, line in lines.items():
        broken = ~np.isfinite(line.values)
        t = int(broken.sum())
        if t and broken[:t].all() and np.isfinite(exact[:t]).all():
            told.append((zero if np.isneginf(line.values[t - 1]) else lost).format(name=name, t=t))
        else:
            told += unusual({name: line}, _)
    return tuple(told)


def truncated(lab: GradientLab, dark: bool, _: Say) -> Drawing:
    """How near a gradient cut off after k steps is to the whole one; without a figure where that is too much work."""
    model, batch = lab.model(lab.cell)
    ks = _places(len(batch.x))
    title = _("Truncated: the gradient of the cell's parameters, cut off after k steps")
    try:
        found = truncation(model, batch, ks)
    except Invalid:  # a long sequence times many units
        most = _("That is too much to draw at once: with {H} units it works up to T = {T} time steps.")
        most = most.format(H=model.architecture.hidden, T=longest(model, batch, _places))
        return Drawing("truncation", title, most, None, pd.DataFrame())
    figure = go.Figure()
    for name, values, quantity, dash in (
        (_("cosine of the angle to the whole gradient"), found.cosine, "gradient", "solid"),
        (_("its length ÷ the whole one's"), found.ratio, "x", "dash"),
    ):
        figure.add_scatter(x=ks, y=values, name=name, line={"color": hues(dark)[quantity], "dash": dash})
    laid_out(figure, _("cut off after k steps"), _("1 = the same"))
    figure.update_xaxes(**log_axis(np.array(ks)))
    data = pd.DataFrame({"k": ks, "cosine": found.cosine, "ratio": found.ratio})
    look = _("Where the cosine is 1 at a small k already, nothing arrives from further back: there is nothing to lose.")
    return Drawing("truncation", title, look, figure, data, (_loss(lab, _),))


def clipped(lab: GradientLab, dark: bool, _: Say) -> Drawing:
    """One update at many learning rates, with clipping and without."""
    found = clipping(*lab.model(lab.cell), lab.clip, RATES.tolist())
    figure, curves = go.Figure(), {_("without clipping"): found.plain, _("with clipping"): found.limited}
    for k, (name, losses) in enumerate(curves.items()):
        shown = np.where(np.isfinite(losses), losses, np.nan)
        figure.add_scatter(x=RATES, y=shown, name=name, line={"color": series(k), "dash": "dash" if k else "solid"})
    level = {"dash": "dot", "color": hues(dark)["x"]}
    figure.add_scatter(x=RATES[[0, -1]], y=[found.before] * 2, name=_("before"), mode="lines", line=level)
    laid_out(figure, _("learning rate"), _("loss after one update"))
    figure.update_xaxes(**log_axis(RATES))
    figure.update_yaxes(**log_axis(np.array([*found.plain, *found.limited, found.before])))
    data = pd.DataFrame({"rate": RATES, "without clipping": found.plain, "with clipping": found.limited})
    look = _(
        "Where the unclipped curve lies lower, clipping has shortened a good step; "
        "where it lies higher, or ends, clipping has saved a bad one."
    )
    if found.norm <= lab.clip:
        look = _("The gradient is shorter than the limit, so clipping changes nothing: the two curves are one.")
    title = _("One update of all parameters, with the gradient clipped and not")
    norms = {"before": f"{found.norm:.4g}", "after": f"{found.clipped:.4g}"}
    note = _("The gradient of this update is {before} long; clipped, {after}.").format(**norms)
    return Drawing("clipping", title, look, figure, data, (note, *_overflows(curves, _), _loss(lab, _)))


def _overflows(curves: Mapping[str, np.ndarray], _: Say) -> list[str]:
    """A sentence for each curve that is not drawn in full."""
    all_of_them, some = _("{name}: every update overflowed."), _("{name}: {n} of {N} updates overflowed.")
    lost = {name: int((~np.isfinite(losses)).sum()) for name, losses in curves.items()}
    return [
        (all_of_them if n == len(RATES) else some).format(name=name, n=n, N=len(RATES)) for name, n in lost.items() if n
    ]


def _loss(lab: GradientLab, _: Say) -> str:
    """Which loss an update descends: whatever the first figure sends back, that of a readout with answers to give."""
    if lab.data == "noise" and lab.loss == "end":
        return _("The loss here: at the last step a readout guesses tanh of the mean of the numbers just read.")
    if lab.data == "noise":
        return _("The loss here: at every step a readout guesses tanh of the mean of the numbers just read.")
    if lab.loss == "end":
        return _("The loss here: the data's own, at the last step at which an answer is asked for.")
    return _("The loss here: the data's own, at every step at which an answer is asked for.")


def _places(T: int) -> list[int]:
    """The k at which a gradient is cut off."""
    return sorted({round(k) for k in np.geomspace(1, T, 24)})
