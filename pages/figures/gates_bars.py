"""How often the gates are shut and open, and how long each unit remembers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pages.figures.drawing import Drawing, Say, layout, plain
from pages.figures.logarithms import log_axis
from pages.figures.palette import hues
from rnn_core.analysis.gates import OPEN, SHUT, half_life, saturation
from rnn_core.clamp import CANDIDATES
from rnn_core.inside import BYPASS
from rnn_core.unroll import Trace


def saturated(trace: Trace, dark: bool, _: Say) -> Drawing:
    """The share of all gate values below 0.1, to the left, and above 0.9, to the right."""
    found = {gate: each for gate, each in saturation(trace).items() if gate not in CANDIDATES}
    drawn = []
    for side, pattern, label in ((-1, "/", _("below {x}: shut")), (1, "", _("above {x}: open"))):
        label = label.format(x=SHUT if side < 0 else OPEN)
        shares = [100 * (each.shut if side < 0 else each.open) for each in found.values()]
        drawn.append({
            "type": "bar", "orientation": "h", "name": label, "x": [side * share for share in shares], "y": list(found),
            "text": [f"{share:.0f}%" for share in shares], "textposition": "auto",
            "marker": {"color": [hues(dark)[gate] for gate in found], "pattern": {"shape": pattern}},
            "customdata": shares, "hovertemplate": f"%{{y}} {label}: %{{customdata:.3g}}%<extra></extra>",
        })  # fmt: skip
    ticks = [-100, -50, 0, 50, 100]
    shown = {"range": [-105, 105], "tickvals": ticks, "ticktext": [str(abs(tick)) for tick in ticks]}
    axes = layout(_("share of all values, %"), "", 110 + 40 * len(found), shown, {"autorange": "reversed"})
    figure = plain(drawn, {**axes, "barmode": "relative"})
    data = pd.DataFrame(
        {"gate": list(found), "shut": [s.shut for s in found.values()], "open": [s.open for s in found.values()]}
    )
    look = _("A gate near 0 or 1 decides; one in between does a little of both, and its memory leaks.")
    return Drawing("saturation", _("How often a gate is as good as shut or open"), look, figure, data)


def half_lives(trace: Trace, rows: np.ndarray, dark: bool, _: Say) -> Drawing:
    """Of each unit, in steps, in the order of the maps."""
    steps = half_life(trace)
    gate = BYPASS[trace.cell][0]
    unit = _("unit")
    drawn = {
        "type": "bar", "x": [str(row + 1) for row in rows], "y": np.where(np.isfinite(steps), steps, np.nan)[rows],
        "marker": {"color": hues(dark)[gate]}, "showlegend": False,
        "hovertemplate": f"{unit} %{{x}}: %{{y:.4g}}<extra></extra>",
    }  # fmt: skip
    long = np.nanmax(steps, initial=1, where=np.isfinite(steps)) > 200
    upward = log_axis(steps) if long else {}
    axes = layout(unit, _("half-life in time steps"), 110 + 40 * 3, {"type": "category"}, upward)
    figure = plain([drawn], axes)
    always = [str(row + 1) for row in rows if np.isinf(steps[row])]
    notes = (_("These units always keep everything: {units}.").format(units=", ".join(always)),) if always else ()
    look = _("After so many steps half of a memory is gone: ln 2 divided by the mean of −ln {gate}.").format(gate=gate)
    data = pd.DataFrame({"unit": rows + 1, "half_life": steps[rows]})
    return Drawing("half-life", _("How long each unit remembers"), look, figure, data, notes)
