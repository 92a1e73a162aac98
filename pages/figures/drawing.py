"""What a figure needs beside its lines: its name, what to look for, its numbers, and a word on what is no number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from pages.figures.logarithms import log_ticks, written
from pages.figures.palette import SERIES

Say = Callable[[str], str]  # a sentence in the visitor's language

HEIGHT = 380


class Drawing(NamedTuple):
    """name: what its files are called; title and look (what to look for), in the visitor's language; figure: None where
    a component draws it, or where it cannot be drawn and look says why; data: its numbers; notes: a sentence for each
    thing that is not in it."""

    name: str
    title: str
    look: str
    figure: go.Figure | None
    data: pd.DataFrame
    notes: tuple[str, ...] = ()


class Line(NamedTuple):
    """log10 of a norm at each step, (n,), and how it is drawn."""

    values: np.ndarray
    hue: str
    dash: str = "solid"
    width: float = 2.5


def over_time(name: str, title: str, look: str, lines: Mapping[str, Line], y: str, _: Say, first: int = 0) -> Drawing:
    """Norms, named y, at the time steps from `first` on; notes on what a log scale cannot show."""
    steps = first + np.arange(len(next(iter(lines.values())).values))
    data = pd.DataFrame({"t": steps, **{f"log10 {called}": line.values for called, line in lines.items()}})
    return Drawing(name, title, look, _log_lines(lines, steps, _("time step t"), y), data, unusual(lines, _))


def _log_lines(lines: Mapping[str, Line], steps: np.ndarray, x: str, y: str) -> go.Figure:
    """Lines over steps on a log scale that has no end: values are logarithms already, and ticks say 10 to the power."""
    drawn = [
        {
            "type": "scatter", "mode": "lines", "name": name, "showlegend": line.width > 1,
            "x": steps, "y": np.where(np.isfinite(line.values), line.values, np.nan),
            "line": {"color": line.hue, "dash": line.dash, "width": line.width}, "customdata": written(line.values),
            "hovertemplate": f"%{{x}}: %{{customdata}}<extra>{name}</extra>",
        }
        for name, line in lines.items()
    ]  # fmt: skip
    all_values = np.concatenate([line.values for line in lines.values()])
    finite = all_values[np.isfinite(all_values)]
    low, high = (finite.min(), finite.max()) if len(finite) else (-1.0, 0.0)
    middle, room = (low + high) / 2, max(1.0, 1.08 * (high - low))  # at least two ticks
    low, high = middle - room / 2, middle + room / 2
    return plain(drawn, layout(x, y, yaxis={"range": [low, high], **log_ticks(low, high)}))


def plain(drawn: list[dict[str, Any]], layout: dict[str, Any]) -> go.Figure:
    """A figure written out in full, as Plotly.js reads it: its traces are not checked, which would take most of the
    time, and nothing in them is completed."""
    return go.Figure(drawn, layout, _validate=False)


def layout(
    x: str, y: str, height: int = HEIGHT, xaxis: dict[str, Any] | None = None, yaxis: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Axis names, a legend above, no wasted room; xaxis, yaxis: what else there is to say of the axes."""
    return {
        "height": height, "margin": {"l": 60, "r": 12, "t": 44, "b": 48}, "hovermode": "closest",
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0},
        "xaxis": {"title": {"text": x}, **(xaxis or {})}, "yaxis": {"title": {"text": y}, **(yaxis or {})},
    }  # fmt: skip


def laid_out(figure: go.Figure, x: str, y: str, height: int = HEIGHT) -> go.Figure:
    """The same for a figure that is there already."""
    return figure.update_layout(layout(x, y, height))


def heat(
    z: np.ndarray, x: np.ndarray, y: np.ndarray, names: tuple[str, str, str],
    colorscale: str | Sequence[str] = "Cividis", **more: object,
) -> go.Figure:  # fmt: skip
    """Logarithms as colours; names: of x, y and the colour."""
    bar = {"title": {"text": names[2], "side": "right"}, "tickprefix": "10<sup>", "ticksuffix": "</sup>"}
    where = f"{names[0]} %{{x}}, {names[1]} %{{y}}: %{{customdata}}<extra></extra>"
    shown = np.where(np.isfinite(z), z, np.nan)
    figure = go.Figure()
    figure.add_heatmap(
        z=shown, x=x, y=y, colorscale=colorscale, colorbar=bar, customdata=written(z), hovertemplate=where, **more
    )
    return laid_out(figure, *names[:2], height=460)


def unusual(lines: Mapping[str, Line], _: Say) -> tuple[str, ...]:
    """A sentence for each line with steps that a log scale cannot show, or that are no numbers."""
    told = []
    zero = _("{name} is exactly 0 at {n} of {T} steps: a log scale has no place for that.")
    lost = _("{name} left the range of numbers at {n} of {T} steps: it exploded itself, or the states did.")
    for name, line in lines.items():
        for sentence, found in (
            (zero, line.values == -np.inf),
            (lost, np.isnan(line.values) | (line.values == np.inf)),
        ):
            if found.any():
                told.append(sentence.format(name=name, n=int(found.sum()), T=len(found)))
    return tuple(told)


def series(k: int) -> str:
    """The hue of the k-th of several things side by side."""
    return SERIES[k % len(SERIES)]
