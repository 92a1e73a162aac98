"""What the matrix alone says of a plain RNN's gradient, and what it does not: bounds, beside the factor measured.

For h_t = φ(W·h_{t−1} + …) a step back multiplies by diag(φ′)·W, so no gradient grows by more than σ_max·max|φ′| a
step: below 1 it must vanish, above 1 it may do either (Pascanu, Mikolov, Bengio 2013). The spectral radius ρ decides
only for a linear φ, and only in the long run.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnn_core.analysis.jacobians import jacobians
from rnn_core.analysis.spectra import spectral_norms
from rnn_core.invalid import Invalid
from rnn_core.params import Params
from rnn_core.unroll import Trace

# max|φ′| of each plain cell. A gated cell has no single W_hh, and no such bound.
STEEPEST = {"rnn": 1.0, "rnn-relu": 1.0, "rnn-linear": 1.0, "rnn-sigmoid": 0.25}
ROUNDING = 1e-12  # of the bound: a smaller ρ is a 0 that was rounded


def spectral_radius(matrix: np.ndarray) -> float:
    """ρ = max|λ| of a square matrix; NaN where it holds no numbers."""
    return float(np.abs(np.linalg.eigvals(matrix)).max()) if np.isfinite(matrix).all() else np.nan


def largest_singular_value(matrix: np.ndarray) -> float:
    """σ_max = ‖matrix‖₂; NaN where it holds no numbers."""
    return float(np.linalg.norm(matrix, 2)) if np.isfinite(matrix).all() else np.nan


def largest_factor(cell: str, params: Params) -> float:
    """σ_max(W_hh)·max|φ′|: no step back multiplies a gradient by more. Below 1 it is bound to vanish.

    Raises Invalid for a gated cell.
    """
    if cell not in STEEPEST:
        raise Invalid("choice", "cell", cell, ", ".join(STEEPEST))
    return largest_singular_value(params["weight_hh"]) * STEEPEST[cell]


def fitted_factor(logs: np.ndarray) -> float:
    """By how much a step back multiplies, in the mean: from the line of least squares through log₁₀ norms (T+1,).

    What is exactly 0 or no number is left out; NaN where fewer than two norms remain.
    """
    t = np.flatnonzero(np.isfinite(logs))
    return float(10 ** -np.polyfit(t, logs[t], 1)[0]) if len(t) > 1 else np.nan


class Factors(NamedTuple):
    """By how much a step back multiplies ‖∂h_T/∂s_t‖. radius and bound are None for a gated cell.

    radius    ρ(W_hh), which a linear network follows in the end; 0 where only rounding keeps it from that
    bound     σ_max(W_hh)·max|φ′|, which no step exceeds
    measured  the fit through all steps
    """

    radius: float | None
    bound: float | None
    measured: float


def factors(params: Params, trace: Trace) -> Factors:
    """Of one layer, reading its first sequence. Raises Invalid where shapes do not fit."""
    measured = fitted_factor(spectral_norms(jacobians(trace, params)))
    if trace.cell not in STEEPEST:
        return Factors(None, None, measured)
    bound, radius = largest_factor(trace.cell, params), spectral_radius(params["weight_hh"])
    return Factors(0.0 if radius < ROUNDING * bound else radius, bound, measured)


# Where ρ misleads: MISLEADING has ρ = 0, its square is 0; with these slopes in front of it ρ is 3.2.
MISLEADING = np.array([[4.0, -4.0], [4.0, -4.0]])
MISLEADING_SLOPES = np.array([1.0, 0.2])


def misleading(T: int = 20) -> tuple[Params, np.ndarray, dict[str, np.ndarray]]:
    """A tanh RNN with W_hh = MISLEADING that rests where φ′ is MISLEADING_SLOPES: ∂h_T/∂h_t grows 3.2-fold a step.

    Its bias holds it there, but as in anything that grows so fast the last bit of a sum may throw it off after some 30
    steps. Returns its parameters, x (T, 1, 1), all 0, and the state it starts from, (1, 2) by name.
    """
    h = np.sqrt(1 - MISLEADING_SLOPES)
    bias = np.arctanh(h) - MISLEADING @ h
    params = {"weight_ih": np.zeros((2, 1)), "weight_hh": MISLEADING, "bias_ih": bias, "bias_hh": np.zeros(2)}
    return params, np.zeros((T, 1, 1)), {"h": h[None]}
