"""Clipping by norm on one update of a network: what it does to the gradient, and to the loss after the update.

The update is plain descent, w ← w − lr·g, for there a step is as long as its gradient. Adam divides by the gradient's
own size, so the first step of Adam is the same with clipping and without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnn_core.batch import Batch
from rnn_core.experiment import DESCENT_STEPS, TRAINING, UPDATE_WORK
from rnn_core.invalid import Invalid
from rnn_core.model import Model, backward, forward
from rnn_core.training.engine import flatten, views
from rnn_core.training.optimizers import OPTIMIZERS, clip
from rnn_core.unroll import freeze


@dataclass(frozen=True, eq=False)
class Clipping:
    """One update, with and without clipping. All arrays are read-only. Losses are means over the answers asked for.

    norm, clipped    ‖∂loss/∂ all parameters‖₂ before clipping and after
    factor           clipped ÷ norm, at most 1; what lr is in effect multiplied with
    before           the loss before the update
    rates            (R,) learning rates
    plain, limited   (R,): the loss after an update without clipping, and with it; inf or NaN where it explodes
    """

    norm: float
    clipped: float
    factor: float
    before: float
    rates: np.ndarray
    plain: np.ndarray
    limited: np.ndarray


@np.errstate(over="ignore", invalid="ignore")
def clipping(model: Model, batch: Batch, most: float, rates: Sequence[float]) -> Clipping:
    """Try an update at each learning rate; `most`: the norm that clipping leaves (Pascanu 2013, algorithm 1).

    Raises Invalid where a setting is out of range, or all of it is too much work.
    """
    TRAINING["clip"].check("clip", most)
    for rate in rates:
        TRAINING["lr"].check("lr", rate)
    readings = min(int(UPDATE_WORK / forward_work(model, batch)), DESCENT_STEPS // batch.x.shape[0])
    if 2 * len(rates) > readings:
        raise Invalid("range", "number of rates", len(rates), (1, readings // 2))
    trace = forward(model, batch)
    d_params = backward(model, trace).d_params
    assert d_params is not None
    weights, gradient = (flatten(params, np.float64) for params in (model.params, d_params))
    gradient /= batch.answers
    limited = gradient.copy()
    norm, clipped = clip(limited, most)

    def after(gradient: np.ndarray, rate: float) -> float:
        updated = weights.copy()
        OPTIMIZERS["sgd"].step(updated, gradient.copy(), np.zeros((0, weights.size)), rate, 1)
        params = views(updated.astype(next(iter(model.params.values())).dtype), model.architecture)
        return forward(Model(model.architecture, params), batch).loss / batch.answers

    curves = [np.array([after(each, rate) for rate in rates]) for each in (gradient, limited)]
    given = np.array(rates, float)
    freeze(given, *curves)
    factor = clipped / norm if norm else 1.0
    return Clipping(norm, clipped, factor, trace.loss / batch.answers, given, *curves)


def forward_work(model: Model, batch: Batch) -> int:
    """Multiplications with the weights in reading the batch once."""
    weights = sum(int(np.prod(shape)) for shape in model.architecture.shapes().values() if len(shape) > 1)
    return weights * batch.x.shape[0] * batch.x.shape[1]
