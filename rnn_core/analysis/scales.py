"""Numbers beyond what floats hold: arrays that carry their scale apart, as a power of two, and norms as logarithms.

A gradient passes 1e-38 within a hundred steps and often 1e-308. To multiply by a power of two changes no digit, so an
array that is kept near 1 with an exponent beside it loses nothing.
"""

from __future__ import annotations

import numpy as np

from rnn_core.cells import Arrays

LOG_2 = float(np.log10(2))


def log_norm(*values: np.ndarray, exponent: np.ndarray | float = 0) -> np.ndarray:
    """log₁₀ ‖values · 2^exponent‖₂ over the last axis, of several arrays (…, n) together; −inf where all are 0.

    exponent: (…). Squares of tiny and of huge numbers leave the floats, so the largest is divided out first.
    """
    together = np.concatenate(values, axis=-1)
    largest = np.abs(together).max(axis=-1)
    unit = np.where((largest > 0) & np.isfinite(largest), largest, 1)
    with np.errstate(divide="ignore"):
        return np.log10(np.linalg.norm(together / unit[..., None], axis=-1)) + np.log10(unit) + exponent * LOG_2


def log_norms(parts: Arrays, exponent: np.ndarray | float = 0) -> Arrays:
    """`log_norm` of each part of a state, and under "s" of all of them together."""
    norms = {name: log_norm(value, exponent=exponent) for name, value in parts.items()}
    return {"s": norms["h"] if len(parts) == 1 else log_norm(*parts.values(), exponent=exponent), **norms}


def rescaled(parts: Arrays, exponent: np.ndarray) -> tuple[Arrays, np.ndarray]:
    """The same numbers, parts (…, n) · 2^exponent (…), with the largest from ½ to 1; 0, ∞ and NaN stay as they are."""
    shift = _exponent(parts)
    return {name: np.ldexp(value, -shift[..., None]) for name, value in parts.items()}, exponent + shift


def plus(parts: Arrays, exponent: np.ndarray, added: np.ndarray) -> tuple[Arrays, np.ndarray]:
    """parts · 2^exponent with `added` (…, n) in h, under one exponent that leaves the largest near 1."""
    own, other = _exponent(parts) + exponent, _exponent({"h": added})
    own = np.where(np.any([part.any(axis=-1) for part in parts.values()], axis=0), own, other)
    top = np.maximum(own, np.where(added.any(axis=-1), other, own))
    moved = {name: np.ldexp(value, (exponent - top)[..., None]) for name, value in parts.items()}
    return {**moved, "h": moved["h"] + np.ldexp(added, -top[..., None])}, top


def _exponent(parts: Arrays) -> np.ndarray:
    """(…): of the largest number in all parts (…, n), as frexp gives it."""
    return np.frexp(np.max([np.abs(value).max(axis=-1) for value in parts.values()], axis=0))[1].astype(np.int64)
