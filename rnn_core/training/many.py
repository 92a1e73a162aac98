"""Many models at once: one Experiment, many seeds, every array with one more axis for the models.

A small network leaves a processor waiting for the next call; a hundred of them side by side do not. Each learns as
`Run` does with its seed, to rounding. For one layer, forwards, without padding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rnn_core.architecture import Architecture
from rnn_core.batch import Batch
from rnn_core.experiment import Experiment, load_task
from rnn_core.invalid import Invalid
from rnn_core.model import LOSSES, Model, draw
from rnn_core.params import Params
from rnn_core.training.engine import flatten, views
from rnn_core.training.kernels import Layer, layer
from rnn_core.training.optimizers import OPTIMIZERS, rate
from rnn_core.training.processor import training_mode
from rnn_core.training.source import Source

CACHE = 1 << 19  # numbers in the states of the models worked on together: past the cache, side by side does not pay


class Many:
    """M models. Shapes: T time steps, B sequences, G*H rows of gates, N parameters each.

    Raises Invalid for what is trained one at a time: several layers, both directions, an embedding, padding, a stream.
    """

    def __init__(self, experiment: Experiment, seeds: Sequence[int], own: str | None = None):
        task = load_task(experiment, own)
        for field in ("bidirectional", "embedding", "carry"):
            if getattr(experiment, field):
                raise Invalid("one-at-a-time", field, getattr(experiment, field))
        if experiment.layers > 1:
            raise Invalid("one-at-a-time", "layers", experiment.layers)
        self.experiment = experiment
        self.net = experiment.architecture(task)
        each = [replace(experiment, seed=seed) for seed in seeds]
        self.sources = [Source(one, task) for one in each]
        if self.sources[0].batch(0).lengths is not None:
            raise Invalid("one-at-a-time", "task", experiment.task)
        self.weights = np.stack(
            [flatten(draw(self.net, one).params, np.dtype(experiment.dtype)) for one in each]
        )  # (M, N)
        self.gradient = np.zeros_like(self.weights)
        self.params, self.grads = stacked(self.weights, self.net), stacked(self.gradient, self.net)
        self.optimizer = OPTIMIZERS[experiment.optimizer]
        self.rows = np.zeros((self.optimizer.rows, *self.weights.shape), self.weights.dtype)
        self.made = 0
        together = max(1, CACHE // (self.sources[0].batch(0).x.shape[0] * experiment.batch * experiment.hidden))
        self.groups = [(some, self._layer(some)) for some in slices(len(seeds), together)]
        self.blocks: Batch | None = None

    def take(self, updates: int) -> np.ndarray:
        """So many updates of every model → their mean losses (updates, M)."""
        with training_mode(), np.errstate(over="ignore", invalid="ignore"):
            return np.array([self._update() for _ in range(updates)])

    def model(self, k: int) -> Model:
        """The k-th network as it is now."""
        return Model(self.net, views(self.weights[k].copy(), self.net))

    def _update(self) -> np.ndarray:
        e = self.experiment
        batch = self._batch()
        losses = np.concatenate([self._gradient(batch, *group) for group in self.groups])
        norms = np.sqrt(np.einsum("mn,mn->m", self.gradient, self.gradient))
        if e.clip is not None:
            self.gradient *= np.minimum(1, e.clip / (norms + 1e-6))[:, None].astype(self.weights.dtype)
        if e.weight_decay:
            self.gradient += e.weight_decay * self.weights
        lr = e.lr * rate(e.schedule, self.made, e.budget)
        self.made += 1
        self.optimizer.step(self.weights, self.gradient, self.rows, lr, self.made)
        return losses

    def _layer(self, some: slice) -> Layer:
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        w, g = ({name: each[name][some] for name in names} for each in (self.params, self.grads))
        return layer(self.experiment.cell, w, g)

    def _batch(self) -> Batch:
        """The batches of all models side by side: x (T, M, B, I), target (U, M, B, …), asked (U, M, B)."""
        first, B = self.sources[0], self.experiment.batch
        at = self.made % first.updates
        if at == 0 or self.blocks is None:  # stacked once for all the updates that a source draws at once
            drawn = [source.block_of(self.made) for source in self.sources]
            x, target, asked = (
                np.stack([getattr(b, name) for b in drawn], axis=1) for name in ("x", "target", "asked")
            )
            if x.ndim == 3:
                x = np.eye(self.net.inputs, dtype=self.weights.dtype)[x]
            self.blocks = Batch(x, target, asked, drawn[0].loss)
        some = slice(at * B, (at + 1) * B)
        x = np.ascontiguousarray(self.blocks.x[:, :, some])
        return Batch(x, self.blocks.target[:, :, some], self.blocks.asked[:, :, some], self.blocks.loss)

    def _gradient(self, batch: Batch, some: slice, layer: Layer) -> np.ndarray:
        """The mean losses of some models; fills their `grads`."""
        x, target, asked = batch.x[:, some], batch.target[:, some], batch.asked[:, some]
        w, g = ({name: value[some] for name, value in each.items()} for each in (self.params, self.grads))
        h = layer.forward(x, None, None)
        read = h[-1:] if self.net.last else h
        logits = read @ w["weight_hy"].swapaxes(1, 2) + w["bias_hy"][:, None]
        _, losses, d_logits = LOSSES[batch.loss](logits, target)
        outputs = 1 if batch.loss == "cross-entropy" else target.shape[-1]
        share = asked / (asked.sum(axis=(0, 2), keepdims=True) * outputs)  # of each answer in its model's mean
        d_logits = np.where(asked[..., None], d_logits, 0) * share[..., None].astype(x.dtype)
        np.matmul(layer.over_time(d_logits).swapaxes(1, 2), layer.over_time(read), out=g["weight_hy"])
        g["bias_hy"][:] = d_logits.sum(axis=(0, 2))
        layer.backward(d_logits @ w["weight_hy"], inputs_too=False)
        return (np.where(asked, losses, 0) * share).sum(axis=(0, 2))


def slices(count: int, size: int) -> list[slice]:
    return [slice(at, at + size) for at in range(0, count, size)]


def stacked(flat: np.ndarray, net: Architecture) -> Params:
    """The parameters as views (M, *shape) of (M, N)."""
    ends = np.cumsum([0, *(int(np.prod(shape)) for shape in net.shapes().values())])
    return {
        name: flat[:, start:stop].reshape(len(flat), *shape)
        for (name, shape), start, stop in zip(net.shapes().items(), ends[:-1], ends[1:], strict=True)
    }
