"""The maps of the page Gates: every quantity of one network over time, and its values at the step looked at."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pages.figures.drawing import Drawing, Say, plain
from pages.figures.palette import LOST, hues
from pages.figures.units import (
    along,
    axis,
    bar,
    colours,
    cursor,
    heat,
    height_of,
    lost,
    meaning,
    symbol,
    time_axis,
)
from rnn_core.analysis.gate_settings import GateLab
from rnn_core.analysis.gates import average
from rnn_core.analysis.order import order
from rnn_core.inside import BYPASS
from rnn_core.unroll import Trace


def maps(lab: GateLab, trace: Trace, dark: bool, _: Say) -> Drawing:
    """A map for each quantity drawn, averaged over the sequences; a line at the step, and beside it its values."""
    names, t = lab.drawn, lab.at
    n, rows = len(names), order(trace, *lab.sorted_by)
    values = {name: average(trace, name) for name in names}
    notes = tuple(note for name in names for note in lost(name, values[name], _))
    each = height_of(lab.hidden)
    left, right = along((0.8, 0.2), 0.03)
    places = along([1] * n, min(46 / (n * each), 0.9 / max(1, n - 1)))[::-1]
    units = [str(unit + 1) for unit in rows]
    where = _("unit {unit}, time step {t}").format(unit="%{y}", t=t)
    drawn, titles, lines = [], [], []
    axes = {"xaxis": {"anchor": axis("y", n), "domain": left, "showgrid": False, **time_axis(lab.tokens, _)}}
    for k, (name, (low, high)) in enumerate(zip(names, places, strict=True), 1):
        y, beside = axis("y", k), axis("x", k + 1)
        scaled, at = colours(name, [values[name]], dark), values[name][t - 1][rows]
        colourbar = bar(scaled, (low + high) / 2, high - low)
        drawn += [
            {**heat(values[name], name, rows, _, scaled), "yaxis": y, "colorbar": colourbar},
            {
                "type": "bar", "orientation": "h", "x": np.where(np.isfinite(at), at, np.nan), "y": units,
                "xaxis": beside, "yaxis": y, "marker": {"color": hues(dark)[name.removeprefix("pre_")]},
                "showlegend": False, "hovertemplate": f"{symbol(name)} = %{{x:.6g}}<br>{where}<extra></extra>",
            },
        ]  # fmt: skip
        axes[f"yaxis{y[1:]}"] = {
            "domain": (low, high), "title": {"text": _("unit")}, "showgrid": False, "nticks": max(2, each // 18),
            "type": "category", "categoryorder": "array", "categoryarray": units, "range": [len(units) - 0.5, -0.5],
        }  # fmt: skip
        axes[f"xaxis{beside[1:]}"] = {
            "anchor": y, "domain": right, "range": [scaled["zmin"], scaled["zmax"]], "nticks": 3
        }  # fmt: skip
        titles.append({
            "text": f"<b>{symbol(name)}</b> {meaning(name, _)}", "x": 0, "y": high, "xref": "paper", "yref": "paper",
            "xanchor": "left", "yanchor": "bottom", "showarrow": False,
        })  # fmt: skip
        ends = {"x0": t, "x1": t, "y0": 0, "y1": 1}
        lines.append({"type": "line", "xref": "x", "yref": f"{y} domain", "line": cursor(dark), **ends})
    axes[f"xaxis{n + 1}"]["title"] = {"text": _("at t = {t}").format(t=t)}
    figure = plain(drawn, {
        **axes, "annotations": titles, "shapes": lines, "height": n * (each + 46) + 70,
        "margin": {"l": 56, "r": 44, "t": 30, "b": 48, "pad": 0}, "bargap": 0.15, "hovermode": "closest",
        **({"plot_bgcolor": LOST} if notes else {}),
    })  # fmt: skip
    look = _("Each row is one unit. A colour that stays is a memory kept.")
    if trace.cell in BYPASS:
        look = _("Each row is one unit. A faint gate is shut, a full one open. A colour that stays is a memory kept.")
    return Drawing("gates", _("What every unit does, step by step"), look, figure, table(values), notes)


def table(values: dict[str, np.ndarray]) -> pd.DataFrame:
    """Time steps down; a column for each quantity and unit, counted from 1."""
    T = len(next(iter(values.values())))
    columns = {f"{name}[{k + 1}]": each[:, k] for name, each in values.items() for k in range(each.shape[1])}
    return pd.DataFrame({"t": np.arange(1, T + 1), **columns})
