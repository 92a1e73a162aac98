"""The end of a symmetric colour scale: a round number that nearly all values stay within."""

from __future__ import annotations

import numpy as np

SLACK = 1.02  # how far past its round number a value may lie unmarked; the component's SLACK is the same


def scale(*values: np.ndarray) -> float:
    """The round number (1, 2 or 5 times a power of ten) that all but the largest few values stay within."""
    sizes = np.abs(np.concatenate([np.ravel(value) for value in values]))
    sizes = sizes[np.isfinite(sizes) & (sizes > 0)]
    if not len(sizes):
        return 1.0
    reach = float(np.quantile(sizes, 0.98)) if len(sizes) > 50 else float(sizes.max())
    power = 10.0 ** np.floor(np.log10(reach / SLACK))
    return float(next(step * power for step in (1, 2, 5, 10) if reach <= SLACK * step * power))
