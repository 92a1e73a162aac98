"""Training on a CPU with BPTT by hand: the default, and for small networks the fastest there is."""

from __future__ import annotations

import math

import numpy as np

from rnn_core.architecture import Architecture, of_layer
from rnn_core.batch import Batch, turned
from rnn_core.cells import CELLS
from rnn_core.experiment import Experiment
from rnn_core.model import LOSSES
from rnn_core.params import Params
from rnn_core.training.engine import Update, flatten, views
from rnn_core.training.kernels import layer
from rnn_core.training.optimizers import OPTIMIZERS, clip


class NumpyEngine:
    """Implements `Engine`. All parameters are views of one vector, so that clipping and optimiser are a few calls."""

    def __init__(self, architecture: Architecture, params: Params, experiment: Experiment, device: str = "cpu"):
        self.net, self.experiment = architecture, experiment
        self.dtype = np.dtype(experiment.dtype)
        self.weights = flatten(params, self.dtype)
        self.gradient = np.zeros_like(self.weights)
        self.optimizer = OPTIMIZERS[experiment.optimizer]
        self.rows = np.zeros((self.optimizer.rows, self.weights.size), self.dtype)
        self.made = 0
        self.params, self.grads = views(self.weights, architecture), views(self.gradient, architecture)
        self.layers = [
            [
                layer(architecture.cell, of_layer(self.params, number, k), of_layer(self.grads, number, k))
                for k in range(architecture.directions)
            ]
            for number in range(architecture.layers)
        ]
        # Where a stream is read, h (and c) of each layer after the last batch.
        self.carried: list[Params] | None = None
        if experiment.carry:
            zeros = np.zeros((experiment.batch, architecture.hidden), self.dtype)
            self.carried = [{name: zeros for name in CELLS[architecture.cell].states} for _ in self.layers]

    @np.errstate(over="ignore", invalid="ignore")  # what explodes is reported as not finite
    def update(self, batch: Batch, lr: float, dropout: np.ndarray | None = None) -> Update:
        h = self._forward(batch, self.carried, dropout)
        loss, d_logits = self._score(h, batch)
        if not math.isfinite(loss):
            return Update(loss, math.nan, math.nan, False)
        self._backward(d_logits, h, batch, dropout)
        norm, clipped = clip(self.gradient, self.experiment.clip)
        if not math.isfinite(norm):
            return Update(loss, norm, clipped, False)
        if self.experiment.weight_decay:
            self.gradient += self.experiment.weight_decay * self.weights
        self.made += 1
        self.optimizer.step(self.weights, self.gradient, self.rows, lr, self.made)
        if self.experiment.carry:
            self.carried = [both[0].final() for both in self.layers]
        return Update(loss, norm, clipped, True)

    @np.errstate(over="ignore", invalid="ignore")
    def guess(self, batch: Batch) -> np.ndarray:
        logits = self._logits(self._forward(batch, None, None))
        return LOSSES[batch.loss](logits, batch.target)[0]

    def snapshot(self) -> dict[str, np.ndarray]:
        carried = {
            f"carried.{number}.{name}": value.copy()
            for number, state in enumerate(self.carried or ())
            for name, value in state.items()
        }
        return {"weights": self.weights.copy(), "rows": self.rows.copy(), "made": np.array(self.made), **carried}

    def restore(self, snapshot: dict[str, np.ndarray]) -> None:
        self.weights[:], self.rows[:], self.made = snapshot["weights"], snapshot["rows"], int(snapshot["made"])
        for number, state in enumerate(self.carried or ()):
            for name in state:
                state[name] = snapshot[f"carried.{number}.{name}"].astype(self.dtype)

    def _forward(self, batch: Batch, start: list[Params] | None, dropout: np.ndarray | None) -> np.ndarray:
        """What the readout reads, (U, B, D*H)."""
        x = batch.x
        if x.ndim == 2:
            x = self.params["embedding"][x] if self.net.embedding else np.eye(self.net.inputs, dtype=self.dtype)[x]
        elif x.dtype != self.dtype:
            x = x.astype(self.dtype)
        for number, both in enumerate(self.layers):
            if number and dropout is not None:
                x = x * dropout[number - 1]
            state = start[number] if start else None
            out = [
                turned(one.forward(turned(x, k, batch.lengths), state, batch.lengths), k, batch.lengths)
                for k, one in enumerate(both)
            ]
            x = out[0] if len(out) == 1 else np.concatenate(out, axis=-1)
        if not self.net.last:
            return x
        return np.concatenate([one.h[-1:] for one in self.layers[-1]], axis=-1)

    def _logits(self, h: np.ndarray) -> np.ndarray:
        logits = h @ self.params["weight_hy"].T
        logits += self.params["bias_hy"]
        return logits

    def _score(self, h: np.ndarray, batch: Batch) -> tuple[float, np.ndarray]:
        """The mean loss, and ∂loss/∂logits (U, B, O)."""
        target = batch.target
        if batch.loss != "cross-entropy" and target.dtype != self.dtype:
            target = target.astype(self.dtype)
        _, losses, d_logits = LOSSES[batch.loss](self._logits(h), target)
        if not batch.asked.all():
            losses[~batch.asked] = 0
            d_logits[~batch.asked] = 0
        share = 1 / batch.answers
        d_logits *= self.dtype.type(share)
        return float(losses.sum(dtype=np.float64)) * share, d_logits

    def _backward(self, d_logits: np.ndarray, h: np.ndarray, batch: Batch, dropout: np.ndarray | None) -> None:
        net, lengths = self.net, batch.lengths
        flat = d_logits.reshape(-1, net.outputs)
        np.matmul(flat.T, h.reshape(len(flat), -1), out=self.grads["weight_hy"])
        np.sum(flat, axis=0, out=self.grads["bias_hy"])
        d_x = d_logits @ self.params["weight_hy"]
        for number in reversed(range(net.layers)):
            top = net.last and number == net.layers - 1
            if not top and number < net.layers - 1 and dropout is not None:
                d_x *= dropout[number]
            lower = number > 0 or net.embedding > 0
            parts = []
            for k, one in enumerate(self.layers[number]):
                d_h = d_x[..., k * net.hidden : (k + 1) * net.hidden]
                d_in = one.backward(d_h if top else turned(d_h, k, lengths), lower)
                parts.append(d_in if d_in is None else turned(d_in, k, lengths))
            if lower:
                d_x = parts[0] if len(parts) == 1 else parts[0] + parts[1]
        if net.embedding:
            self.grads["embedding"][:] = 0
            np.add.at(self.grads["embedding"], batch.x, d_x)
