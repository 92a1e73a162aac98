"""A learner's updates, ready for the screen: how the loss went, and what they added to each weight."""

from __future__ import annotations

import numpy as np

from pages.figures.scale import scale
from rnn_core.architecture import of_layer
from rnn_core.changes import Replay
from rnn_core.levels import FIRST, Level
from rnn_core.model import ModelTrace


@np.errstate(over="ignore", invalid="ignore")  # infinities are shown to the learner, not warned about
def update(trace: ModelTrace, replay: Replay, level: Level = FIRST) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """Colour scale and arrays of a trace after `backward`; all but the first only where there were updates.

    gradientSquare (1,)   ‖∂L/∂w‖² over all parameters: an update lowers L by about lr times that
    descent (n + 1,)      L before the first of n updates and after each
    lastUpdate (2,)       L right before the last of them and after it
    change.NAME           what all of them together added to each parameter of the Level, in its shape
    """
    assert trace.d_params is not None, "backward() has not run"
    scales = {}
    arrays = {"gradientSquare": np.array([sum(np.sum(gradient**2) for gradient in trace.d_params.values())])}
    if replay.change:
        arrays |= {"descent": replay.losses, "lastUpdate": replay.last}
        added = of_layer(replay.change, *level)
        arrays |= {f"change.{name}": value for name, value in added.items()}
        scales["change"] = scale(added["weight_hh"])
    return scales, arrays
