"""What truncated BPTT misses: the gradient cut off after k steps beside the whole one.

Both are directions in the space of the weights. Where the whole gradient vanishes within k steps nothing is lost; where
it does not, descent along the truncated one goes another way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from rnn_core.analysis.clipping import forward_work
from rnn_core.batch import Batch
from rnn_core.experiment import DESCENT_STEPS, UPDATE_WORK, Whole
from rnn_core.invalid import Invalid
from rnn_core.model import Model, ModelTrace, backward, forward
from rnn_core.training.engine import flatten
from rnn_core.training.optimizers import length
from rnn_core.unroll import freeze


@dataclass(frozen=True, eq=False)
class Truncation:
    """Truncated gradients, of every parameter but the readout's, which no truncation changes. All arrays are read-only.

    k       (K,): after how many steps each was cut off
    cosine  (K,): of the angle between it and the whole gradient; NaN where one of them is 0 or not finite
    ratio   (K,): its norm ÷ the whole one's
    norm    of the whole gradient of the loss, summed over the batch
    """

    k: np.ndarray
    cosine: np.ndarray
    ratio: np.ndarray
    norm: float


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def truncation(model: Model, batch: Batch, ks: Sequence[int] | None = None) -> Truncation:
    """The gradient as `backward` truncates it, at each of `ks`, if not at all of 1 … T.

    Raises Invalid where a k is out of range, or all of them are too much work.
    """
    T = batch.x.shape[0]
    ks = range(1, T + 1) if ks is None else ks
    for k in ks:
        Whole(1, T).check("k", k)
    if len(ks) * T > DESCENT_STEPS:
        raise Invalid("range", "number of k", len(ks), (1, DESCENT_STEPS // T))
    if not _affordable(T, ks, model, batch):
        raise Invalid("too-much-work", "k", sum(ks))
    trace = forward(model, batch)
    whole, norm = _unit(model, trace, None)
    cosine, ratio = [], []
    for k in ks:
        part, left = _unit(model, trace, k)
        cosine.append(part @ whole)
        ratio.append(np.divide(left, norm))
    found = Truncation(np.array(ks), np.array(cosine), np.array(ratio), norm)
    freeze(found.k, found.cosine, found.ratio)
    return found


def longest(model: Model, batch: Batch, places: Callable[[int], Sequence[int]]) -> int:
    """So many steps of such sequences are little enough work, cut off at the k of places(T); at most as many as now."""
    return next((T for T in range(len(batch.x), 0, -1) if _affordable(T, places(T), model, batch)), 0)


def _affordable(T: int, ks: Sequence[int], model: Model, batch: Batch) -> bool:
    """Each loss is carried back k steps."""
    work = sum(ks) * forward_work(model, batch) / len(batch.x) * T
    return work <= UPDATE_WORK and len(ks) * T <= DESCENT_STEPS


def _unit(model: Model, trace: ModelTrace, k: int | None) -> tuple[np.ndarray, float]:
    """The gradient's direction, a unit vector, and its norm."""
    d_params = backward(model, trace, k).d_params
    assert d_params is not None
    inside = {name: value for name, value in d_params.items() if not name.endswith("_hy")}
    gradient = flatten(inside, np.float64)
    norm = length(gradient)
    scaled = gradient / np.abs(gradient).max()  # or its squares could leave the floats
    return scaled / np.linalg.norm(scaled), norm
