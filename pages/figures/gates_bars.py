"""How often the gates are shut and open, and how long each unit remembers: ready for the component that draws them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pages.figures.drawing import Drawing, Say
from rnn_core.analysis.gates import OPEN, SHUT, half_life, saturation
from rnn_core.clamp import CANDIDATES
from rnn_core.inside import BYPASS
from rnn_core.unroll import Trace

Bars = tuple[Drawing, dict[str, Any], dict[str, np.ndarray]]  # what is said of them; header, words included; numbers


def saturated(trace: Trace, _: Say) -> Bars:
    """The shares (gates,) of all gate values that are below 0.1 and above 0.9."""
    found = {gate: each for gate, each in saturation(trace).items() if gate not in CANDIDATES}
    shares = {side: np.array([getattr(each, side) for each in found.values()]) for side in ("shut", "open")}
    words = {
        "shut": _("below {x}: shut").format(x=SHUT),
        "open": _("above {x}: open").format(x=OPEN),
        "share": _("share of all values, %"),
    }
    look = _("A gate near 0 or 1 decides; one in between does a little of both, and its memory leaks.")
    title, data = _("How often a gate is as good as shut or open"), pd.DataFrame({"gate": list(found), **shares})
    return Drawing("saturation", title, look, None, data), {"gates": list(found), "words": words}, shares


def half_lives(trace: Trace, rows: np.ndarray, _: Say) -> Bars:
    """Of each unit (H,), in steps, in the order of the maps. long: would most of them be lost on a linear scale?"""
    lives = half_life(trace)[rows]
    gate = BYPASS[trace.cell][0]
    always = [str(row + 1) for row in rows[np.isinf(lives)]]
    notes = (_("These units always keep everything: {units}.").format(units=", ".join(always)),) if always else ()
    header = {
        "units": rows.tolist(),
        "gate": gate,
        "long": bool((lives[np.isfinite(lives)] > 200).any()),
        "words": {"unit": _("unit"), "lives": _("half-life in time steps")},
    }
    look = _("After so many steps half of a memory is gone: ln 2 divided by the mean of −ln {gate}.").format(gate=gate)
    data = pd.DataFrame({"unit": rows + 1, "half_life": lives})
    return Drawing("half-life", _("How long each unit remembers"), look, None, data, notes), header, {"lives": lives}
