"""How much a Jacobian can stretch: the singular values of ∂h_T/∂s_t for every t, and fast the largest, its norm.

All results are log₁₀, for what is far below 1e-308 is drawn like the rest.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rnn_core.analysis.jacobians import Jacobians

STEPS = 20  # of Lanczos
CACHE = 1 << 18  # numbers in as many matrices as are worked on at once


def singular_values(jacobians: Jacobians, part: str = "s") -> np.ndarray:
    """log₁₀ of all singular values of ∂h_T/∂s_t, or of its `part` "h" or "c": (T+1, H), the largest first.

    −inf where one is exactly 0, NaN where the Jacobian is no number. Raises Invalid where there is no such part.
    """
    return _of(jacobians, part, lambda matrices: np.linalg.svd(matrices, compute_uv=False))


def spectral_norms(jacobians: Jacobians, part: str = "s") -> np.ndarray:
    """log₁₀ ‖∂h_T/∂s_t‖₂, or of its `part` "h" or "c": (T+1,); at H 64 four times as fast as all singular values.

    By 20 steps of Lanczos' method from a fixed random direction (Golub & Kahan 1965): never more than the norm, but for
    rounding, and at most 1 % less; most often five digits are right. Power iterations of the same cost miss up to 20 %
    where the largest singular values lie close together, as an orthogonal matrix' do; begun from what the step beside
    has found, they miss it when one value overtakes another.

    −inf where the Jacobian is exactly 0, NaN where it is no number. Raises Invalid where there is no such part.
    """
    return _of(jacobians, part, _largest)[:, 0]


def _of(jacobians: Jacobians, part: str, values_of: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """log₁₀ of what `values_of` finds in matrices (n, H, K) → (n, m): only in those that are neither 0 nor NaN."""
    matrices = jacobians.part(part)
    largest = np.abs(matrices).max(axis=(1, 2))
    some = np.flatnonzero((largest > 0) & np.isfinite(jacobians.log_scale))
    pieces = np.array_split(some, 1 + len(some) * matrices[0].size // CACHE)
    # A part may be far smaller than the whole, so each is brought near 1 by itself.
    found = np.concatenate([values_of(matrices[piece] / largest[piece, None, None]) for piece in pieces])
    logs = np.full((len(matrices), found.shape[1]), -np.inf)
    logs[np.isnan(largest)] = np.nan
    with np.errstate(divide="ignore"):
        logs[some] = np.log10(found) + (np.log10(largest) + jacobians.log_scale / np.log(10))[some, None]
    return logs


def _largest(matrices: np.ndarray) -> np.ndarray:
    """The largest singular value of each, (n, H, K) → (n, 1).

    From both sides A is brought to a small bidiagonal matrix, in which the largest singular value appears first.
    """
    matrices = matrices.astype(np.float32)  # six digits, in half the time
    n, H, _ = matrices.shape
    steps, tiny = min(STEPS, H), np.finfo(matrices.dtype).tiny
    small = np.zeros((n, steps, steps + 1), matrices.dtype)
    u = np.random.default_rng(0).standard_normal((H, 1)).astype(matrices.dtype)
    u, v, beta = np.broadcast_to(u / np.linalg.norm(u), (n, H, 1)), 0, 0
    for k in range(steps):
        v = matrices.swapaxes(1, 2) @ u - beta * v
        alpha = np.linalg.norm(v, axis=1, keepdims=True)
        v = v / np.maximum(alpha, tiny)
        u = matrices @ v - alpha * u
        beta = np.linalg.norm(u, axis=1, keepdims=True)
        u = u / np.maximum(beta, tiny)
        small[:, k, k], small[:, k, k + 1] = alpha[:, 0, 0], beta[:, 0, 0]
    return np.sqrt(np.linalg.eigvalsh(small @ small.swapaxes(1, 2))[:, -1:].clip(0))
