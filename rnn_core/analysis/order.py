"""Orders of the units by what they do, for the rows of a heat map. Equal units stand by number.

order(trace, "half-life")        longest memory first
order(trace, "mean", "f")        most open first
order(trace, "variance", "h")    most varied in time first
order(trace, "similarity", "c")  alike next to each other
"""

from __future__ import annotations

import numpy as np

from rnn_core.analysis.gates import half_life, quantity, reading
from rnn_core.invalid import Invalid
from rnn_core.unroll import Trace

ORDERS = ("number", "half-life", "mean", "variance", "similarity")


def order(trace: Trace, by: str, of: str = "h") -> np.ndarray:
    """The units' numbers (H,) in an order of ORDERS; `of` is a quantity's name (`gates.quantity`).

    Raises Invalid: no such order or quantity, or a half-life in a cell without a gate that keeps.
    """
    if by not in ORDERS:
        raise Invalid("choice", "order", by, ", ".join(ORDERS))
    if by == "half-life":
        return _falling(half_life(trace))
    values, read = quantity(trace, of), reading(trace)
    if by == "number":
        return np.arange(values.shape[-1])
    with np.errstate(over="ignore", invalid="ignore"):
        if by == "mean":
            return _falling(values[read].mean(axis=0))
        if by == "variance":  # within each sequence: what differs between sequences is no movement
            return _falling(values.var(axis=0, where=read[..., None]).mean(axis=0))
    return _alike(values[read])


def _falling(score: np.ndarray) -> np.ndarray:
    """Largest first, NaN last."""
    return np.argsort(-score, kind="stable")


def _alike(values: np.ndarray) -> np.ndarray:
    """Seriation of the columns of (N, H) by their correlation: the order along the Fiedler vector, the second smallest
    eigenvector of the Laplacian of their similarities (Atkins, Boman & Hendrickson 1998). The end with the lower
    number comes first.
    """
    H = values.shape[1]
    if H < 3:
        return np.arange(H)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        mean = values.mean(axis=0)
        moved = values - mean
        moved[np.abs(moved) <= 1e-6 * np.abs(mean)] = 0  # a constant's rounding is like nothing else
        moved /= np.abs(moved).max(axis=0)  # or squares leave the floats
        moved = np.nan_to_num(moved / np.linalg.norm(moved, axis=0))  # a unit that stands still, or exploded: 0
    number = np.arange(H)
    near = 1 - np.abs(number[:, None] - number) / H  # decides between equals
    similarity = (1 + moved.T @ moved) / 2 + 1e-9 * near
    vectors = np.linalg.eigh(np.diag(similarity.sum(axis=0)) - similarity)[1]
    found = np.argsort(vectors[:, 1], kind="stable")
    return found if found[0] < found[-1] else found[::-1]
