"""One quantity of all units over time as a heat map: units down, time from left to right."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from pages.figures.drawing import Say
from pages.figures.palette import DIVERGING, INK, hues
from pages.figures.scale import scale
from rnn_core.clamp import CANDIDATES, GATES
from rnn_core.words import N_

# What a quantity is, for those who hover over it or read its map's title.
MEANINGS = {
    "h": N_("hidden state: what the cell passes on"),
    "c": N_("cell state: the memory"),
    "i": N_("input gate: how much is written"),
    "f": N_("forget gate: how much of the memory is kept"),
    "g": N_("candidate: what would be written"),
    "o": N_("output gate: how much of the memory is shown"),
    "r": N_("reset gate: how much of the old state the candidate sees"),
    "z": N_("update gate: how much of the old state is kept"),
    "n": N_("candidate: what would take the old state's place"),
    "pre": N_("pre-activation: what enters σ or tanh"),
}


def symbol(name: str) -> str:
    """pre_f → pre f"""
    return name.replace("_", " ")


def meaning(name: str, _: Say) -> str:
    kind = "pre" if name.startswith("pre_") else name
    return _(MEANINGS[kind])


def is_gate(name: str) -> bool:
    """From 0 to 1?"""
    return name in GATES and name not in CANDIDATES


def end_of_scale(name: str, *values: np.ndarray) -> float:
    """Of all of `values`; it begins at 0 for a gate, at its negative for all else."""
    return 1.0 if name in GATES else scale(*values)


def colours(name: str, values: Sequence[np.ndarray], dark: bool) -> dict[str, Any]:
    """zmin, zmax and colorscale for all of `values`: a gate from the background to its hue, all else signed."""
    end = end_of_scale(name, *values)
    if is_gate(name):
        return {"zmin": 0, "zmax": end, "colorscale": [(0, DIVERGING[dark][1]), (1, hues(dark)[name])]}
    return {"zmin": -end, "zmax": end, "colorscale": [*zip((0, 0.5, 1), DIVERGING[dark], strict=True)]}


def along(shares: Sequence[float], gap: float) -> list[tuple[float, float]]:
    """From where to where each of several things lies on a way of length 1, with gaps between them."""
    edges = (1 - gap * (len(shares) - 1)) * np.cumsum([0, *shares]) / sum(shares)
    places = enumerate(pairwise(edges.tolist()))
    return [(start + k * gap, min(end + k * gap, 1.0)) for k, (start, end) in places]


def axis(letter: str, number: int) -> str:
    """As Plotly calls it, who calls the first one x."""
    return f"{letter}{number}" if number > 1 else letter


def bar(scaled: dict[str, Any], y: float, height: float) -> dict[str, Any]:
    """The colour scale beside a map that lies at y, from 0 to 1 of the figure, and is so high."""
    ends = [scaled["zmin"], (scaled["zmin"] + scaled["zmax"]) / 2, scaled["zmax"]]
    return {"y": y, "len": height, "thickness": 8, "x": 1.01, "xpad": 2, "tickvals": ends, "tickfont": {"size": 10}}


def heat(values: np.ndarray, name: str, rows: np.ndarray, _: Say, scaled: dict[str, Any]) -> dict[str, Any]:
    """values (T, H), shown in the order of the units `rows` (H,); units and time steps count from 1."""
    where = _("unit {unit}, time step {t}").format(unit="%{y}", t="%{x}")
    return {
        "type": "heatmap", "z": np.where(np.isfinite(values), values, np.nan)[:, rows].T,
        "x": np.arange(1, len(values) + 1), "y": [str(unit + 1) for unit in rows], **scaled,
        "hovertemplate": f"{symbol(name)} = %{{z:.6g}}<br>{where}<br>{meaning(name, _)}<extra></extra>",
    }  # fmt: skip


def lost(name: str, values: np.ndarray, _: Say) -> tuple[str, ...]:
    """A sentence where some of the numbers are none."""
    gone = ~np.isfinite(values)
    if not gone.any():
        return ()
    sentence = _("{name} has left the range of numbers from time step {t} on (∞ or NaN): grey there.")
    return (sentence.format(name=symbol(name), t=int(np.argmax(gone.any(axis=1))) + 1),)


def framed(first: int, last: int, dark: bool) -> dict[str, Any]:
    """A frame around the time steps first … last."""
    ends = {"x0": first - 0.5, "x1": last + 0.5, "y0": 0, "y1": 1}
    return {"type": "rect", "yref": "y domain", "line": {"color": INK[dark], "width": 1.5, "dash": "dot"}, **ends}


def time_axis(tokens: Sequence[str], _: Say) -> dict[str, Any]:
    """Time steps, under which the letters stand that are read, where letters are."""
    letters = ["␣" if token == " " else token for token in tokens]
    ticks = {"tickvals": list(range(1, len(letters) + 1)), "ticktext": letters} if letters else {}
    return {"title": {"text": _("time step t")}, **ticks}


def height_of(H: int) -> int:
    """Of one map, in pixels."""
    return int(np.clip(9 * H, 80, 260))
