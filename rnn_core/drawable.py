"""What of a network fits into one picture: one Level, if it is not too large, and so many steps."""

from __future__ import annotations

from rnn_core.cells import CELLS
from rnn_core.experiment import DRAWN_WEIGHTS, SQUARES
from rnn_core.invalid import Invalid
from rnn_core.model import Model


def drawn_matrices(model: Model) -> tuple[str, ...]:
    """The layer's, and the readout's where nothing else stands between it and the layer."""
    return ("weight_ih", "weight_hh", "weight_hy") if model.architecture.plain else ("weight_ih", "weight_hh")


def drawn_steps(model: Model, steps: int) -> int:
    """How many of so many time steps are drawn, from the first on. Raises Invalid where there are too many weights."""
    size = sum(model.params[name].size for name in drawn_matrices(model))
    if size > DRAWN_WEIGHTS:
        raise Invalid("too-large-to-draw", "hidden", size, DRAWN_WEIGHTS)
    return min(steps, SQUARES // (model.architecture.hidden * len(CELLS[model.cell].states)))
