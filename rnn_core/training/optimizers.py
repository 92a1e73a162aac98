"""How a gradient becomes an update: SGD, momentum, RMSprop and Adam, over one flat vector of all parameters.

Each is torch.optim's of the same name, update for update. All state is kept in the rows of one array, so that a copy
of it is a checkpoint. Weight decay is the L2 kind: it is added to the gradient, after clipping.
"""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np


class Optimizer(Protocol):
    """weights, gradient: flat vectors (N,). `rows` (R, N) is the optimiser's own memory, zeros at the start."""

    rows: int

    def step(self, weights: np.ndarray, gradient: np.ndarray, rows: np.ndarray, lr: float, update: int) -> None:
        """Change weights and rows in place; the gradient may be used up. `update` counts from 1."""
        ...


class SGD:
    """w ← w − lr·(v), v ← momentum·v + g (Polyak 1964); without momentum v is the gradient itself."""

    def __init__(self, momentum: float = 0.0):
        self.momentum = momentum
        self.rows = 1 if momentum else 0

    def step(self, weights: np.ndarray, gradient: np.ndarray, rows: np.ndarray, lr: float, update: int) -> None:
        if self.momentum:
            velocity = rows[0]
            velocity *= self.momentum
            velocity += gradient
            np.multiply(velocity, lr, out=gradient)
        else:
            gradient *= lr
        weights -= gradient


class RMSprop:
    """s ← α·s + (1−α)·g²;  w ← w − lr·g/(√s + ε) (Tieleman & Hinton 2012)."""

    rows = 1

    def __init__(self, alpha: float = 0.99, eps: float = 1e-8):
        self.alpha, self.eps = alpha, eps

    def step(self, weights: np.ndarray, gradient: np.ndarray, rows: np.ndarray, lr: float, update: int) -> None:
        square = rows[0]
        square *= self.alpha
        square += (1 - self.alpha) * gradient * gradient
        gradient *= lr
        gradient /= np.sqrt(square) + self.eps
        weights -= gradient


class Adam:
    """m ← β₁m + (1−β₁)g,  s ← β₂s + (1−β₂)g²;  w ← w − lr·m̂/(√ŝ + ε) (Kingma & Ba 2015).

    m̂ and ŝ are corrected for having started at 0.
    """

    rows = 2

    def __init__(self, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8):
        self.beta1, self.beta2, self.eps = beta1, beta2, eps

    def step(self, weights: np.ndarray, gradient: np.ndarray, rows: np.ndarray, lr: float, update: int) -> None:
        mean, square = rows
        square *= self.beta2
        scratch = gradient * gradient
        scratch *= 1 - self.beta2
        square += scratch
        mean *= self.beta1
        gradient *= 1 - self.beta1
        mean += gradient
        np.sqrt(square, out=scratch)
        scratch *= 1 / math.sqrt(1 - self.beta2**update)
        scratch += self.eps
        np.divide(mean, scratch, out=scratch)
        scratch *= lr / (1 - self.beta1**update)
        weights -= scratch


OPTIMIZERS: dict[str, Optimizer] = {"sgd": SGD(), "momentum": SGD(0.9), "rmsprop": RMSprop(), "adam": Adam()}


def length(vector: np.ndarray) -> float:
    """‖vector‖₂, also where the squares of its entries leave the floats."""
    with np.errstate(over="ignore"):
        norm = math.sqrt(float(np.dot(vector, vector)))
    if norm < 1e-15 or not math.isfinite(norm):
        largest = float(np.abs(vector).max(initial=0))
        if 0 < largest < math.inf:
            norm = largest * float(np.linalg.norm(vector.astype(np.float64) / largest))
    return norm


def clip(gradient: np.ndarray, most: float | None) -> tuple[float, float]:
    """Scale the gradient in place so that its norm is at most `most`, as torch's clip_grad_norm_ does (Pascanu 2013).

    Returns the norm before and after.
    """
    norm = length(gradient)
    if most is None or not math.isfinite(norm):
        return norm, norm
    scale = most / (norm + 1e-6)
    if scale >= 1:
        return norm, norm
    gradient *= scale
    return norm, norm * scale


def rate(schedule: str, update: int, budget: int) -> float:
    """What the learning rate is multiplied with at an update (counted from 0): 1 at first; see `Experiment`."""
    done = min(update / budget, 1.0)
    if schedule == "linear":
        return 1 - done
    if schedule == "cosine":
        return (1 + math.cos(math.pi * done)) / 2
    if schedule == "step":
        return 0.5 ** min(int(3 * done), 2)
    return 1.0
