"""Several readings of one input beside each other: their states as maps on one scale, and their gradients as lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pages.figures.drawing import Drawing, Line, Say, over_time, series
from pages.figures.gates import table
from pages.figures.palette import LOST, hues
from pages.figures.units import (
    bar,
    colours,
    framed,
    grid,
    heat,
    height_of,
    is_gate,
    lost,
    place,
    symbol,
    time_axis,
)
from rnn_core.analysis.flow import median
from rnn_core.analysis.gates import average
from rnn_core.analysis.side_by_side import Run
from rnn_core.clamp import Clamp
from rnn_core.unroll import Trace


def states(
    runs: Mapping[str, Run],
    names: Sequence[str],
    tokens: Sequence[str],
    dark: bool,
    _: Say,
    spans: Sequence[Clamp] = (),
) -> Drawing:
    """A column for each run, under its title; a row for each of the quantities `names`. tokens: what is read, as in
    `time_axis`; spans: where gates are held in the last of the runs."""
    H, T = next(iter(runs.values())).trace.states["h"].shape[2], len(next(iter(runs.values())).trace)
    each = height_of(H)
    figure = grid(
        len(names), len(runs), shared_xaxes="all", shared_yaxes="all", column_titles=list(runs),
        horizontal_spacing=0.03, vertical_spacing=24 / (len(names) * (each + 24)),
    )  # fmt: skip
    values: dict[str, dict[str, np.ndarray]] = {
        name: {title: average(run.trace, name) for title, run in runs.items() if has(run.trace, name)} for name in names
    }
    notes, unit = [], _("unit")
    for row, (name, found) in enumerate(values.items(), 1):
        scaled = colours(name, list(found.values()), dark)
        for column, title in enumerate(runs, 1):
            low, high = place(figure, row, column)
            if title not in found:
                figure.add_annotation(
                    text=_("no {name}").format(name=name), xref="paper", yref="paper", showarrow=False,
                    x=sum(place(figure, row, column, "x")) / 2, y=(low + high) / 2,
                )  # fmt: skip
                continue
            beside = {"colorbar": bar(scaled, (low + high) / 2, high - low)} if title == list(found)[-1] else {}
            shown = heat(found[title], name, np.arange(H), _, scaled, showscale=bool(beside), **beside)
            figure.add_trace(shown, row, column)
            notes += [f"{title}: {note}" for note in lost(name, found[title], _)]
        figure.update_yaxes(title_text=f"<b>{symbol(name)}</b> · {unit}", row=row, col=1)
    figure.update_yaxes(type="category", autorange="reversed", showgrid=False, nticks=max(2, each // 18))
    figure.update_xaxes(range=[0.5, T + 0.5], showgrid=False)
    figure.update_xaxes(**time_axis(tokens, _), row=len(names))
    for clamp in spans:
        for row, name in enumerate(names, 1):
            if name == clamp.gate or not is_gate(name):
                figure.add_shape(framed(clamp.first, clamp.last, dark), row=row, col=len(runs))
    figure.update_layout(
        height=len(names) * (each + 24) + 90, margin={"l": 64, "r": 44, "t": 36, "b": 48, "pad": 0}, hovermode="closest"
    )
    if notes:
        figure.update_layout(plot_bgcolor=LOST)
    look = _("Every map of a row has the same scale.")
    columns = {f"{title} {name}": each for name, found in values.items() for title, each in found.items()}
    return Drawing("states", _("The same input, read by each"), look, figure, table(columns), tuple(notes))


def gradients(runs: Mapping[str, Run], dark: bool, _: Say, parts: bool = True) -> Drawing:
    """‖∂L/∂s_t‖ of a loss that looks at h_T alone, the median over the sequences. parts: of two runs that are one cell,
    its c part too; the first is dotted."""
    lines: dict[str, Line] = {}
    for k, (title, run) in enumerate(runs.items()):
        found = {name: median(logs) for name, logs in run.flow.states.items()}
        if not parts:
            lines[title] = Line(found["s"], series(k))
            continue
        dash = "solid" if k else "dot"
        for name in ("s", "c") if "c" in run.trace.rule.states else ("s",):
            hue = hues(dark)["gradient" if name == "s" else name]
            lines[f"{name} · {title}"] = Line(found[name], hue, dash, 3 if name == "s" else 1.6)
    title = _("‖∂L/∂s_t‖: how much the state at step t still matters to a loss at the end")
    look = _(
        "Read it from right to left. s is the whole state, c the memory in it; "
        "a flat line means that nothing is lost on the way."
    )
    if not parts:
        look = _("Read it from right to left. A line that climbs explodes: that is no better than one that falls to 0.")
    return over_time("gradient", title, look, lines, "‖∂L/∂s_t‖", _)


def has(trace: Trace, name: str) -> bool:
    return name in trace.states or name in trace.gates
