"""Plain gradient descent on the one sequence on screen: w ← w − lr·∂L/∂w, again and again, every loss in view.

The smallest training there is, in the words of the lesson: one forward, one backward, one subtraction. `training/` is
for tasks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from rnn_core.batch import Batch
from rnn_core.experiment import DESCENT_STEPS, DESCENT_TIMES, TRAINING, Whole
from rnn_core.invalid import Invalid
from rnn_core.model import Model, backward, forward
from rnn_core.unroll import freeze

_TEXT = re.compile(r"lr_(\d[\d.e-]*)_(\d{1,4})", re.ASCII)


@dataclass(frozen=True)
class Descend:
    """Updates to make: at the learning rate lr, `times` of them.

    Raises Invalid where lr is outside TRAINING's range, or times outside 1 … DESCENT_TIMES.
    """

    lr: float
    times: int

    def __post_init__(self) -> None:
        TRAINING["lr"].check("lr", self.lr)
        Whole(1, DESCENT_TIMES).check("times", self.times)
        object.__setattr__(self, "lr", float(self.lr))

    def __str__(self) -> str:
        """The same in a link, "lr_0.1_10": only characters that no browser escapes; every bit of lr."""
        return f"lr_{repr(self.lr).removesuffix('.0')}_{self.times}"

    @classmethod
    def from_text(cls, text: str) -> Descend:
        """What `str` wrote. Raises ValueError where it is none."""
        found = _TEXT.fullmatch(text)
        if not found:
            raise ValueError(text)
        return cls(float(found[1]), int(found[2]))


@dataclass(frozen=True, eq=False)
class Descent:
    """What the updates did. All arrays are read-only.

    losses  (updates + 1,): L, the sum over the sequence, before the first update and after each. Where L leaves the
            floats the updates stop there: the last is inf or NaN
    model   the network after the last update
    """

    losses: np.ndarray
    model: Model


def descend(model: Model, reading: Batch, how: Descend, state: Mapping[str, np.ndarray] | None = None) -> Descent:
    """Apply the gradient of the summed loss again and again, fewer times where the loss explodes.

    state: where the network starts, as in `forward`; it stays as it is. The given model does too.

    Raises Invalid where all of it is too much work.
    """
    if how.times * len(reading.x) > DESCENT_STEPS:
        raise Invalid("too-many-steps", "times", how.times, DESCENT_STEPS // len(reading.x))
    params = {name: value.copy() for name, value in model.params.items()}
    now = replace(model, params=params)
    losses = []
    with np.errstate(over="ignore", invalid="ignore"):  # an explosion is shown to the learner, not warned about
        for _ in range(how.times):
            trace = forward(now, reading, state)
            losses.append(trace.loss)
            if not np.isfinite(trace.loss):
                break
            d_params = backward(now, trace).d_params
            assert d_params is not None
            for name, gradient in d_params.items():
                params[name] -= how.lr * gradient
        else:
            losses.append(forward(now, reading, state).loss)
    done = Descent(np.array(losses), now)
    freeze(params, done.losses)
    return done
