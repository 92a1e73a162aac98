"""The weights as matrices, each with its gradient, ready for the screen."""

from __future__ import annotations

import numpy as np

from pages.figures.scale import scale
from rnn_core.drawable import drawn_matrices
from rnn_core.model import Model, ModelTrace

# A matrix, and the bias that is drawn as one more column of it.
PAIRS = {"weight_ih": "bias_ih", "weight_hh": "bias_hh", "weight_hy": "bias_hy"}


def weights(model: Model, trace: ModelTrace) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """Colour scales and arrays: G blocks of H rows, I inputs, O outputs.

    weight_ih (G*H, I), weight_hh (G*H, H), bias_ih, bias_hh (G*H,), weight_hy (O, H), bias_hy (O,)
    grad.NAME   ∂L/∂ each, of the whole loss
    A scale is the matrix's own, so that a bias, whose gradient is often much larger, does not make it pale.
    """
    assert trace.d_params is not None, "backward() has not run"
    sources = {"": model.params, "grad.": trace.d_params}
    pairs = [(name, PAIRS[name]) for name in drawn_matrices(model)]
    arrays = {prefix + name: of[name] for prefix, of in sources.items() for pair in pairs for name in pair}
    scales = {
        prefix + matrix: scale(of[matrix] if of[matrix].any() else of[bias])
        for prefix, of in sources.items()
        for matrix, bias in pairs
    }
    return scales, arrays
