"""More figures of the page Gradients: the phase diagram, the cliff, and what precision, truncation and clipping do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from pages.figures.drawing import Drawing, Line, Say, heat, laid_out, log_lines, series, unusual
from pages.figures.palette import hues
from rnn_core.analysis import cliff
from rnn_core.analysis.clipping import clipping
from rnn_core.analysis.flow import median
from rnn_core.analysis.gradients import GradientLab
from rnn_core.analysis.phase import Phase
from rnn_core.analysis.precision import PRECISIONS, rounded
from rnn_core.analysis.truncation import truncation

POINTS = 121  # along each side of the cliff's surface
LIFT = 0.004  # of a path above the surface, or it would drown in it
RATES = np.geomspace(1e-3, 30, 19)  # so many updates are allowed at the largest T


def phase_diagram(found: Phase, dark: bool, _: Say) -> Drawing:
    """Median over the seeds of how much is left of a gradient so many steps back."""
    left = found.at()
    gate = found.sweep.axis.gate
    axis = _("bias of {gate}").format(gate=gate) if gate else _("gain of W_hh")
    lags = np.arange(left.shape[1])
    span = min(float(np.abs(left[np.isfinite(left)]).max(initial=1)), 12)
    figure = heat(left, lags, found.values, (_("steps back"), axis, _("what is left")), zmin=-span, zmax=span, zmid=0)
    figure.update_traces(colorscale=[[0, "#2166ac"], [0.5, "#f7f7f7"], [1, "#b2182b"]])
    data = pd.DataFrame(left, columns=[f"lag={k}" for k in lags])
    data.insert(0, gate or "gain", found.values)
    networks = found.each["s"][..., 0].size
    title = _("Where gradients live: {n} networks, just computed").format(n=networks)
    look = _("Blue: vanished. Red: exploded. White is the narrow strip in which a network can learn from so far back.")
    return Drawing("phase", title, look, figure, data)


def cliff_drawings(lab: GradientLab, dark: bool, _: Say) -> tuple[Drawing, Drawing, Drawing]:
    """The surface from above and in space, with both descents up to the chosen update; and their losses."""
    (w0, w1), (b0, b1) = cliff.WINDOW
    ground = cliff.surface(np.linspace(w0, w1, POINTS), np.linspace(b0, b1, POINTS))
    paths = {
        _("without clipping"): cliff.descend(lab.w, lab.b, lab.lr),
        _("with clipping"): cliff.descend(lab.w, lab.b, lab.lr, clip=lab.clip),
    }
    colours: dict[str, Any] = {"colorscale": "Cividis", "colorbar": {"title": {"text": "L", "side": "right"}}}
    here = "w %{x:.3f}, b %{y:.3f}: L %{z:.4f}<extra></extra>"
    above, space, curve = go.Figure(), go.Figure(), go.Figure()
    above.add_heatmap(z=ground.loss, x=ground.w, y=ground.b, hovertemplate=here, **colours)
    space.add_surface(z=ground.loss, x=ground.w, y=ground.b, hovertemplate=here, opacity=0.92, **colours)
    for (name, path), hue in zip(paths.items(), (hues(dark)["c"], "#ffffff"), strict=True):
        done = slice(0, lab.update + 1)
        w, b = path.points[done].T
        drawn: dict[str, Any] = {
            "x": w,
            "y": b,
            "name": name,
            "mode": "lines+markers",
            "line": {"color": hue, "width": 4},
        }
        marker = {"color": hue, "line": {"color": "#111827", "width": 1}}
        above.add_scatter(**drawn, marker={**marker, "size": 7})
        space.add_scatter3d(**drawn, z=path.losses[done] + LIFT, marker={**marker, "size": 3})
    for k, (name, path) in enumerate(paths.items()):
        curve.add_scatter(x=np.arange(len(path.losses)), y=path.losses, name=name, line={"color": series(k)})
    curve.add_vline(x=lab.update, line={"dash": "dot", "color": hues(dark)["x"]})
    above.update_xaxes(range=[w0, w1])
    above.update_yaxes(range=[b0, b1])
    camera = {"eye": {"x": -1.5, "y": -1.3, "z": 0.9}}
    space.update_layout(scene={"xaxis_title": "w", "yaxis_title": "b", "zaxis_title": "L", "camera": camera})
    laid_out(above, "w", "b", height=460)
    laid_out(space, "", "", height=460)
    laid_out(curve, _("update"), "L")
    steps, grid = _steps(paths), pd.DataFrame(ground.loss, columns=[f"w={w:.4f}" for w in ground.w])
    grid.insert(0, "b", ground.b)
    follow = _("Follow the updates: both walk down the valley, until one meets the wall.")
    turn = _("Turn it: the wall is almost vertical. Its gradient is what throws the unclipped descent off.")
    jump = _("A jump up that never comes back down is a descent thrown off the cliff.")
    return (
        Drawing("cliff", _("The cliff from above: a wall runs through the loss"), follow, above, steps),
        Drawing("cliff-3d", _("The same in space"), turn, space, grid),
        Drawing("cliff-loss", _("The loss at each update"), jump, curve, steps),
    )


def _steps(paths: Mapping[str, cliff.Path]) -> pd.DataFrame:
    tables = []
    for name, path in paths.items():
        w, b = path.points.T
        norms = {"norm": [*path.norms, np.nan], "clipped": [*path.clipped, np.nan]}
        tables.append(
            pd.DataFrame({"path": name, "update": np.arange(len(w)), "w": w, "b": b, "L": path.losses, **norms})
        )
    return pd.concat(tables)


def precision(lab: GradientLab, dark: bool, _: Say) -> Drawing:
    """The same backward pass rounded at every step."""
    params, trace = lab.trace(lab.cell)
    d_h = lab.d_h(params, trace)
    found = {name: rounded(trace.cell, params, lab.batch.x, d_h, name) for name in PRECISIONS}
    dashes = ("solid", "dash", "dot")
    lines = {name: Line(median(each.norms["s"]), series(k), dashes[k]) for k, (name, each) in enumerate(found.items())}
    steps = np.arange(len(d_h) + 1)
    figure = log_lines(lines, steps, _("time step t"), "‖∂L/∂s_t‖")
    data = pd.DataFrame({"t": steps, **{f"log10 {name}": line.values for name, line in lines.items()}})
    for name, each in found.items():
        data[f"denormal {name}"], data[f"zero {name}"] = each.denormal, each.zero
    look = _("Where a line breaks off, nothing is left of the gradient in that format: it underflowed to 0.")
    return Drawing("precision", _("The same gradient in fewer bits"), look, figure, data, unusual(lines, _))


def truncated(lab: GradientLab, dark: bool, _: Say) -> Drawing:
    """How near a gradient cut off after k steps is to the whole one."""
    params, trace = lab.trace(lab.cell)
    model, batch = lab.model(trace.cell, params)
    T = len(batch.x)
    ks = sorted({round(k) for k in np.geomspace(1, T, 24)})
    found = truncation(model, batch, ks)
    figure = go.Figure()
    figure.add_scatter(
        x=ks,
        y=found.cosine,
        name=_("cosine of the angle to the whole gradient"),
        line={"color": hues(dark)["gradient"]},
    )
    figure.add_scatter(
        x=ks, y=found.ratio, name=_("its length ÷ the whole one's"), line={"color": hues(dark)["x"], "dash": "dash"}
    )
    figure.update_xaxes(type="log")
    laid_out(figure, _("cut off after k steps"), _("1 = the same"))
    data = pd.DataFrame({"k": ks, "cosine": found.cosine, "ratio": found.ratio})
    look = _("Where the cosine is 1 at a small k already, nothing arrives from further back: there is nothing to lose.")
    return Drawing("truncation", _("Truncated: the gradient cut off after k steps"), look, figure, data)


def clipped(lab: GradientLab, dark: bool, _: Say) -> tuple[Drawing, float, float]:
    """One update at many learning rates, with clipping and without; and the norm before and after."""
    params, trace = lab.trace(lab.cell)
    found = clipping(*lab.model(trace.cell, params), lab.clip, RATES.tolist())
    figure = go.Figure()
    for k, (name, losses) in enumerate(((_("without clipping"), found.plain), (_("with clipping"), found.limited))):
        figure.add_scatter(
            x=RATES, y=np.where(np.isfinite(losses), losses, np.nan), name=name, line={"color": series(k)}
        )
    figure.add_hline(y=found.before, line={"dash": "dot", "color": hues(dark)["x"]}, annotation_text=_("before"))
    figure.update_xaxes(type="log")
    figure.update_yaxes(type="log")
    laid_out(figure, _("learning rate"), _("loss after one update"))
    data = pd.DataFrame({"rate": RATES, "without clipping": found.plain, "with clipping": found.limited})
    look = _("Where the curves part, clipping keeps an update short that would have jumped too far.")
    drawing = Drawing("clipping", _("One update, with the gradient clipped and not"), look, figure, data)
    return drawing, found.norm, found.clipped
