"""The maps of the page Gates: every quantity of one network over time, and its values at the step looked at."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pages.figures.drawing import Drawing, Say
from pages.figures.palette import LOST, hues
from pages.figures.units import (
    bar,
    colours,
    cursor,
    grid,
    heat,
    height_of,
    lost,
    meaning,
    place,
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
    rows = order(trace, *lab.sorted_by)
    values = {name: average(trace, name) for name in names}
    each = height_of(lab.hidden)
    gap = 46 / (len(names) * each)
    figure = grid(
        len(names), 2, shared_xaxes="columns", shared_yaxes=True, column_widths=[0.8, 0.2],
        horizontal_spacing=0.03, vertical_spacing=min(gap, 0.9 / max(1, len(names) - 1)),
    )  # fmt: skip
    for row, name in enumerate(names, 1):
        scaled = colours(name, [values[name]], dark)
        low, high = place(figure, row, 1)
        beside = bar(scaled, (low + high) / 2, high - low)
        figure.add_trace(heat(values[name], name, rows, _, scaled, colorbar=beside), row, 1)
        at, hue = values[name][t - 1][rows], hues(dark)[name.removeprefix("pre_")]
        where = _("unit {unit}, time step {t}").format(unit="%{y}", t=t)
        figure.add_bar(
            x=np.where(np.isfinite(at), at, np.nan), y=[str(unit + 1) for unit in rows], orientation="h",
            marker_color=hue, showlegend=False, row=row, col=2,
            hovertemplate=f"{symbol(name)} = %{{x:.6g}}<br>{where}<extra></extra>",
        )  # fmt: skip
        figure.update_xaxes(
            range=[scaled["zmin"], scaled["zmax"]], row=row, col=2, matches=None, showticklabels=True, nticks=3
        )
        figure.add_annotation(
            text=f"<b>{symbol(name)}</b> {meaning(name, _)}", x=0, y=high, xref="paper", yref="paper",
            xanchor="left", yanchor="bottom", showarrow=False,
        )  # fmt: skip
    units = [str(unit + 1) for unit in rows]  # on both axes of a row, or a bar would stand beside another unit's row
    figure.update_yaxes(type="category", categoryorder="array", categoryarray=units, range=[len(units) - 0.5, -0.5])
    figure.update_yaxes(nticks=max(2, each // 18), title_text=_("unit"), col=1)
    figure.update_xaxes(**time_axis(lab.tokens, _), row=len(names), col=1)
    figure.update_xaxes(title_text=_("at t = {t}").format(t=t), row=len(names), col=2)
    figure.update_yaxes(showgrid=False)
    figure.update_xaxes(showgrid=False, col=1)
    for row in range(1, len(names) + 1):
        line = {"type": "line", "yref": "y domain", "x0": t, "x1": t, "y0": 0, "y1": 1, "line": cursor(dark)}
        figure.add_shape(line, row=row, col=1)
    figure.update_layout(
        height=len(names) * (each + 46) + 70,
        margin={"l": 56, "r": 44, "t": 30, "b": 48, "pad": 0},
        bargap=0.15,
        hovermode="closest",
    )
    notes = tuple(note for name in names for note in lost(name, values[name], _))
    if notes:
        figure.update_layout(plot_bgcolor=LOST)
    look = _("Each row is one unit. A colour that stays is a memory kept.")
    if trace.cell in BYPASS:
        look = _("Each row is one unit. A faint gate is shut, a full one open. A colour that stays is a memory kept.")
    return Drawing("gates", _("What every unit does, step by step"), look, figure, table(values), notes)


def table(values: dict[str, np.ndarray]) -> pd.DataFrame:
    """Time steps down; a column for each quantity and unit, counted from 1."""
    T = len(next(iter(values.values())))
    columns = {f"{name}[{k + 1}]": each[:, k] for name, each in values.items() for k in range(each.shape[1])}
    return pd.DataFrame({"t": np.arange(1, T + 1), **columns})
