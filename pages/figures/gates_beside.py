"""Several readings of one input beside each other: their states as maps on one scale, and their gradients as lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pages.figures.drawing import Drawing, Line, Say, over_time, plain, series
from pages.figures.gates import table
from pages.figures.palette import LOST, hues
from pages.figures.units import (
    along,
    axis,
    bar,
    colours,
    framed,
    heat,
    height_of,
    is_gate,
    lost,
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
    n, each = len(names), height_of(H)
    values: dict[str, dict[str, np.ndarray]] = {
        name: {title: average(run.trace, name) for title, run in runs.items() if has(run.trace, name)} for name in names
    }
    columns, rows = along([1] * len(runs), 0.03), along([1] * n, 24 / (n * (each + 24)))[::-1]
    written = {"xref": "paper", "yref": "paper", "showarrow": False}
    drawn, notes, axes = [], [], {}
    words = [
        {
            **written,
            "text": title,
            "x": sum(place) / 2,
            "y": 1.0,
            "xanchor": "center",
            "yanchor": "bottom",
            "font": {"size": 16},
        }
        for title, place in zip(runs, columns, strict=True)
    ]
    for column, place in enumerate(columns, 1):
        shared = {"matches": "x"} if column > 1 else {}
        axes[f"xaxis{axis('', column)}"] = {
            "anchor": axis("y", n), "domain": place, "range": [0.5, T + 0.5], "showgrid": False, **shared,
            **time_axis(tokens, _),
        }  # fmt: skip
    for row, (name, found) in enumerate(values.items(), 1):
        low, high = rows[row - 1]
        shared = {"matches": "y"} if row > 1 else {}
        axes[f"yaxis{axis('', row)}"] = {
            "anchor": "x", "domain": (low, high), "title": {"text": f"<b>{symbol(name)}</b> · {_('unit')}"},
            "type": "category", "autorange": "reversed", "showgrid": False, "nticks": max(2, each // 18), **shared,
        }  # fmt: skip
        scaled = colours(name, list(found.values()), dark)
        for column, title in enumerate(runs, 1):
            if title not in found:
                at = {"x": sum(columns[column - 1]) / 2, "y": (low + high) / 2}
                words.append({**written, "text": _("no {name}").format(name=name), **at})
                continue
            last = title == list(found)[-1]
            colourbar = {"colorbar": bar(scaled, (low + high) / 2, high - low)} if last else {}
            shown = heat(found[title], name, np.arange(H), _, scaled)
            drawn.append({**shown, "xaxis": axis("x", column), "yaxis": axis("y", row), "showscale": last, **colourbar})
            notes += [f"{title}: {note}" for note in lost(name, found[title], _)]
    frames = [
        {**framed(clamp.first, clamp.last, dark), "xref": axis("x", len(runs)), "yref": f"{axis('y', row)} domain"}
        for clamp in spans
        for row, name in enumerate(names, 1)
        if name == clamp.gate or not is_gate(name)
    ]
    figure = plain(drawn, {
        **axes, "annotations": words, "shapes": frames, "height": n * (each + 24) + 90, "hovermode": "closest",
        "margin": {"l": 64, "r": 44, "t": 36, "b": 48, "pad": 0}, **({"plot_bgcolor": LOST} if notes else {}),
    })  # fmt: skip
    look = _("Every map of a row has the same scale.")
    numbers = {f"{title} {name}": each for name, found in values.items() for title, each in found.items()}
    return Drawing("states", _("The same input, read by each"), look, figure, table(numbers), tuple(notes))


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
