"""The cliff (Pascanu, Mikolov & Bengio 2013, section 2.3): a wall in the loss of a network of one unit.

    x_t = w·σ(x_{t−1}) + b,  t = 1 … 50,  x_0 = 0.5        L = (σ(x_50) − 0.7)²

With h = σ(x) it is the cell "rnn-sigmoid" of one unit and no input, from h_0 = σ(0.5): the equations are that cell's.
Where w > 4 the unit has two values to settle at. On the line where x_0 lies just between them the smallest change of w
or b sends x_50 to the other one: there the loss has a wall, and its gradient explodes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from rnn_core.cells import CELLS, numpy_ops, sigmoid
from rnn_core.experiment import CLIFF, CLIFF_POINTS, GRADIENTS
from rnn_core.invalid import Invalid
from rnn_core.training.optimizers import clip as clip_by_norm
from rnn_core.unroll import freeze

STEPS, FIRST, GOAL = 50, 0.5, 0.7  # T, x_0, and what h_T should be
CELL = CELLS["rnn-sigmoid"]

# Found by trying 2,000 starts with seven learning rates. From here a descent goes down a gentle slope for up to ten
# updates, to a loss below 0.005, its gradient never above 0.12; then it meets the wall, where the gradient is 3.5 to
# 6.5. Without clipping that throws it more than 2 away, to where σ(x_50) is nearly 1, nothing slopes and the loss stays
# at 0.09. With clipping it goes back and forth between wall and valley, and down, to a loss below 0.005. All starts
# within 0.005 of these do so; from most others a descent misses the wall, or meets it with more luck.
START, LR, CLIP, UPDATES = (4.5, -1.45), 1.0, 0.1, 100
WINDOW = tuple((GRADIENTS[name].low, GRADIENTS[name].high) for name in ("w", "b"))


@dataclass(frozen=True, eq=False)
class Surface:
    """The loss over (w, b), exact at every point. All arrays are read-only.

    w, b      (W,) and (V,), as given
    loss      (V, W)
    gradient  (V, W, 2): ∂L/∂w, ∂L/∂b. Between two points of a grid it may be larger by any factor: the wall is thin
    """

    w: np.ndarray
    b: np.ndarray
    loss: np.ndarray
    gradient: np.ndarray


@dataclass(frozen=True, eq=False)
class Path:
    """A descent, update by update. All arrays are read-only. Where the gradient leaves the floats it ends early.

    points   (n+1, 2): w and b before the first update and after each
    losses   (n+1,): there
    norms    (n,): of the gradient at each update
    clipped  (n,): what clipping left of it
    """

    points: np.ndarray
    losses: np.ndarray
    norms: np.ndarray
    clipped: np.ndarray


def surface(w: ArrayLike, b: ArrayLike) -> Surface:
    """Loss and gradient at every pair of w (W,) and b (V,).

    Raises Invalid where there are too many, or one is out of range.
    """
    w, b = np.array(w, float).ravel(), np.array(b, float).ravel()
    if not 1 <= w.size * b.size <= CLIFF_POINTS:
        raise Invalid("range", "points", w.size * b.size, (1, CLIFF_POINTS))
    for name, values in (("w", w), ("b", b)):
        for value in values.tolist():
            CLIFF[name].check(name, value)
    loss, gradient = loss_and_gradient(w, b[:, None])
    freeze(w, b, loss, gradient)
    return Surface(w, b, loss, gradient)


def descend(w: float, b: float, lr: float = LR, steps: int = UPDATES, clip: float | None = None) -> Path:
    """Plain gradient descent from (w, b); clip: the largest norm a gradient is let through with, None: any.

    Raises Invalid where a setting is out of range.
    """
    for name, value in (("w", w), ("b", b), ("lr", lr), ("steps", steps), ("clip", clip)):
        CLIFF[name].check(name, value)
    point = np.array([w, b], float)
    loss, gradient = loss_and_gradient(*point)
    points, losses, norms = [point], [loss], []
    for _ in range(steps):
        if not np.isfinite(gradient).all():
            break
        norms.append(clip_by_norm(gradient, clip))
        point = point - lr * gradient
        loss, gradient = loss_and_gradient(*point)
        points.append(point)
        losses.append(loss)
    before, after = np.array(norms).reshape(-1, 2).T
    path = Path(np.array(points), np.array(losses), before, after)
    freeze(path.points, path.losses, path.norms, path.clipped)
    return path


@np.errstate(over="ignore", invalid="ignore")
def loss_and_gradient(w: ArrayLike, b: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """L (…) and ∂L/∂(w, b) (…, 2), by backpropagation through the 50 steps; w and b broadcast."""
    w, b = np.broadcast_arrays(np.asarray(w, float), np.asarray(b, float))
    before = {"h": np.full(w.shape, sigmoid(np.array(FIRST)))}
    steps = []
    for _ in range(STEPS):
        step = CELL.step(b, before, lambda h: w * h, numpy_ops)
        steps.append((before, step))
        before = step.state
    error = before["h"] - GOAL
    d_h, d_w, d_b = 2 * error, np.zeros(w.shape), np.zeros(w.shape)
    for before, step in reversed(steps):
        back = CELL.back({"h": d_h}, before, step, lambda d: d * w)
        d_w += back.recur * before["h"]
        d_b += back.recur
        d_h = back.through
    return error * error, np.stack((d_w, d_b), axis=-1)
