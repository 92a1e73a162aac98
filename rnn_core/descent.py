"""Plain gradient descent on the one sequence on screen: w ← w − lr·∂L/∂w, again and again, every loss in view.

The smallest training there is, in the words of the lesson: one forward, one backward, one subtraction. `training/` is
for tasks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from rnn_core.batch import Batch
from rnn_core.experiment import DESCENT_STEPS, DESCENT_TIMES, TRAINING, Whole
from rnn_core.invalid import Invalid
from rnn_core.model import Model, backward, forward
from rnn_core.params import Params
from rnn_core.unroll import freeze


@dataclass(frozen=True, eq=False)
class Descent:
    """What the steps down the gradient did. All arrays are read-only.

    losses  (steps + 1,): L, the sum over the sequence, before the first step and after each
    model   the network after the last step
    change  by name, like the parameters: all that was added to each
    """

    losses: np.ndarray
    model: Model
    change: Params

    @property
    def finite(self) -> bool:
        """False where the loss left the floats and the descent stopped there: the last of `losses` is inf or NaN."""
        return bool(np.isfinite(self.losses[-1]))


def descend(
    model: Model, reading: Batch, lr: float, times: int, state: Mapping[str, np.ndarray] | None = None
) -> Descent:
    """Apply the gradient of the summed loss `times` times at the learning rate lr, fewer where the loss explodes.

    state: where the network starts, as in `forward`; it stays as it is. The given model does too.

    Raises Invalid where lr or times is out of its range, or all of it is too much work.
    """
    TRAINING["lr"].check("lr", lr)
    Whole(1, DESCENT_TIMES).check("times", times)
    if times * len(reading.x) > DESCENT_STEPS:
        raise Invalid("too-many-steps", "times", times, DESCENT_STEPS // len(reading.x))
    params = {name: value.copy() for name, value in model.params.items()}
    now = replace(model, params=params)
    losses = []
    with np.errstate(over="ignore", invalid="ignore"):  # an explosion is shown to the learner, not warned about
        for _ in range(times):
            trace = forward(now, reading, state)
            losses.append(trace.loss)
            if not np.isfinite(trace.loss):
                break
            d_params = backward(now, trace).d_params
            assert d_params is not None
            for name, gradient in d_params.items():
                params[name] -= lr * gradient
        else:
            losses.append(forward(now, reading, state).loss)
        change = {name: value - model.params[name] for name, value in params.items()}
    freeze(params, change)
    done = np.array(losses)
    freeze(done)
    return Descent(done, now, change)
