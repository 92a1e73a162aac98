"""The phase diagram of the page Gradients: along an axis of networks, where a gradient dies, lives and explodes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pages.figures.drawing import Drawing, Say, heat
from pages.figures.palette import DIVERGING
from rnn_core.analysis.phase import Phase

WIDEST = 12  # powers of ten to either side of 1; what lies beyond has the last colour


def diagram(found: Phase, dark: bool, _: Say) -> Drawing:
    """Median over the seeds of how much is left of a gradient so many steps back."""
    left = found.at()
    gate = found.sweep.axis.gate
    axis = _("bias of {gate}").format(gate=gate) if gate else _("gain of W_hh")
    lags = np.arange(left.shape[1])
    span = min(float(np.abs(left[np.isfinite(left)]).max(initial=1)), WIDEST)
    names = (_("steps back"), axis, _("what is left"))
    figure = heat(left, lags, found.values, names, DIVERGING[dark], zmin=-span, zmax=span)
    data = pd.DataFrame(left, columns=[f"lag={k}" for k in lags])
    data.insert(0, gate or "gain", found.values)
    title = _("Where gradients live: {n} networks, just computed").format(n=found.each["s"][..., 0].size)
    look = _(
        "‖∂L/∂s_t‖ so many steps back, divided by that at t = T: the median of {n} seeds; H = {H}, T = {T}. "
        "Blue: vanished. Red: exploded. Between: the narrow strip in which a network can learn from so far back."
    ).format(n=found.sweep.seeds, H=found.sweep.hidden, T=found.sweep.length)
    return Drawing("phase", title, look, figure, data)
