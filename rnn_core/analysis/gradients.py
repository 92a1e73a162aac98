"""What the page Gradients is set to, and from it: networks, what they read, and the gradient they carry back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from rnn_core import tasks
from rnn_core.analysis.bounds import misleading
from rnn_core.analysis.cliff import CLIP, LR, START
from rnn_core.analysis.flow import from_the_end
from rnn_core.analysis.inputs import cleaned, inputs
from rnn_core.analysis.network_lab import NetworkLab
from rnn_core.analysis.networks import read_by_the_last, stack
from rnn_core.analysis.sweep import Sweep
from rnn_core.architecture import Architecture, suffix
from rnn_core.batch import Batch
from rnn_core.cells import CELLS
from rnn_core.experiment import GRADIENTS, GRADIENTS_WORK, Experiment
from rnn_core.inside import BYPASS
from rnn_core.invalid import Invalid
from rnn_core.model import Model, backward, forward
from rnn_core.params import Params, init_readout
from rnn_core.training.learned import Learned
from rnn_core.unroll import Trace, unroll

SEQUENCES = 16  # B of noise or a task
DRAWN = 16  # units of the unrolled picture, at most


@dataclass(frozen=True)
class GradientLab(NetworkLab):
    """The settings of the page.

    view            which figure
    cells, cell     those drawn side by side, and the one that a single figure is about; "irnn" is a ReLU network that
                    begins as the identity (Le, Jaitly & Hinton 2015)
    hidden, length  H and T
    measure, scale  plain cells: W_hh is multiplied by `scale` ("gain"), or brought to that spectral radius ("radius")
    init, seed      as in `init_params`; a gated cell has gain 1
    keep_bias       of the LSTM's forget gate and the GRU's z
    data, text      x ~ N(0, 1), the letters of a text, or a task's sequences; the view "unrolled" reads the text
    loss            "end": a random unit vector at h_T; "every": one at each step, or the data's own losses
    spectrum        all singular values of the Jacobians, and not the largest only
    example         of the Jacobians of `bounds.misleading` in place of the network's
    w, b, lr, clip, update   of the cliff: where the descent begins, its rate and limit, and the update looked at

    Raises Invalid where a value cannot be used.
    """

    RULES = GRADIENTS
    BROUGHT = (
        *("cells", "cell", "hidden", "length", "measure", "scale", "init", "seed", "keep_bias"),
        *("data", "text", "example", "w", "b", "lr", "update"),
    )
    VIEWS = ("norms", "jacobians", "itemised", "ways", "cures")
    USUAL: ClassVar[Mapping[str, Mapping[str, Any]]] = {"itemised": {"loss": "every"}, "ways": {"cell": "lstm"}}
    OWN: ClassVar[Mapping[str, Any]] = {"loss": "every"}  # where its task asks
    view: str = "norms"
    cells: tuple[str, ...] = ("rnn", "lstm", "gru")
    cell: str = "rnn"
    hidden: int = 32
    length: int = 100
    measure: str = "gain"
    scale: float = 0.8
    init: str = "orthogonal"
    seed: int = 0
    keep_bias: float = 3.0
    data: str = "noise"
    text: str = "the cat sat on the mat"
    loss: str = "end"
    spectrum: bool = False
    example: bool = False
    w: float = START[0]
    b: float = START[1]
    lr: float = LR
    clip: float = CLIP
    update: int = 12

    def __post_init__(self) -> None:
        super().__post_init__()
        reads = "text" if self.view == "unrolled" else self.data
        object.__setattr__(self, "text", cleaned(reads, self.text))

    @staticmethod
    def brought(learned: Learned) -> dict[str, Any]:
        """See NetworkLab. Raises Invalid where the figures would be too much work."""
        H, T = learned.model.architecture.hidden, len(learned.exam.x)
        if H * H * T > GRADIENTS_WORK:
            raise Invalid("too-large-to-trace", "hidden", H, T)
        return {**NetworkLab.brought(learned), "cells": (learned.model.cell,)}

    @property
    def views(self) -> tuple[str, ...]:
        """See NetworkLab. What comes down from a layer above belongs to no one loss, so it cannot be itemised."""
        deep = self.learned and self.layer < self.learned.model.architecture.layers
        return tuple(view for view in super().views if not (deep and view == "itemised"))

    @cached_property
    def batch(self) -> Batch:
        """What is read, and what is asked about it. A learned network reads sequences of its exam."""
        if self.learned:
            return self.learned.longest(SEQUENCES, alike=True)
        return inputs(self.data, self.text, self.length, SEQUENCES, self.seed)

    def network(self, cell: str) -> tuple[str, list[Params]]:
        """Of a drawn network the cell's own name, and the parameters of each layer up to the one looked at."""
        name, given = cell, {"init": self.init, self.measure: self.scale}
        if cell == "irnn":
            name, given = "rnn-relu", {"init": "identity", "gain": self.scale}
        elif cell in BYPASS:
            given = {"init": self.init, "keep_bias": self.keep_bias}
        return name, stack(name, self.batch.x.shape[2], self.hidden, self.layer, self.seed, **given)

    def trace(self, cell: str) -> tuple[Params, Trace]:
        """The layer looked at reads the data, or what the layer below makes of them."""
        if self.learned:
            name, (params, x) = cell, self.learned.read_by(self.level, self.batch)
        else:
            name, layers = self.network(cell)
            params, x = read_by_the_last(name, layers, self.batch.x)
        with np.errstate(over="ignore", invalid="ignore"):  # an explosion is shown, not warned about
            return params, unroll(name, params, x)

    def jacobian_trace(self) -> tuple[Params, Trace]:
        """What the view "jacobians" is about."""
        if not self.example:
            return self.trace(self.cell)
        params, x, state = misleading()
        return params, unroll("rnn", params, x, state)

    @property
    def sweep(self) -> Sweep:
        """What the view "phase" is about: it has no IRNN."""
        return Sweep(cell=self.cell if self.cell in CELLS else Sweep.cell, seed=self.seed)

    @property
    def experiment(self) -> Experiment:
        """What the view "unrolled" is about: the text read by a network of the same kind, small enough to draw."""
        cell = "rnn-relu" if self.cell == "irnn" else self.cell
        given: dict[str, Any] = {"forget_bias": self.keep_bias} if cell == "lstm" else {"gain": self.scale}
        init = "identity" if self.cell == "irnn" else self.init
        hidden = min(self.hidden, DRAWN)
        return Experiment(text=self.text, cell=cell, hidden=hidden, init=init, seed=self.seed, **given)

    def d_h(self, cell: str, trace: Trace) -> np.ndarray:
        """(T, B, H): what the losses send into each h_t of the layer looked at."""
        if self.loss == "end":
            return from_the_end(trace, self.seed)
        if self.data == "noise":
            d_h = np.random.default_rng((self.seed, 2)).standard_normal(trace.states["h"][1:].shape)
            return d_h / np.linalg.norm(d_h, axis=-1, keepdims=True)
        model, batch = self.model(cell)
        with np.errstate(over="ignore", invalid="ignore"):
            grads = backward(model, forward(model, batch)).layer_grads
        assert grads
        return grads[self.level.layer][self.level.direction].own

    def model(self, cell: str) -> tuple[Model, Batch]:
        """The whole network with a readout, for losses and updates, and what it is asked for: at the end, the last
        answer alone. Noise is asked for the mean of what it is."""
        model, batch = (self.learned.model, self.batch) if self.learned else self._with_readout(cell)
        return model, batch.asked_once() if self.loss == "end" else batch

    def _with_readout(self, cell: str) -> tuple[Model, Batch]:
        batch = self.batch
        name, layers = self.network(cell)
        if self.data == "noise":
            target = np.tanh(batch.x.mean(axis=-1, keepdims=True))
            batch = Batch(batch.x, target, np.ones(batch.x.shape[:2], bool), "squared")
        outputs = int(batch.target.max()) + 1 if batch.loss == "cross-entropy" else batch.target.shape[-1]
        if self.data not in ("noise", "text"):
            outputs = tasks.load(self.data).outputs
        architecture = Architecture(name, batch.x.shape[2], self.hidden, outputs, self.layer)
        params = {name + suffix(k, 0): value for k, layer in enumerate(layers) for name, value in layer.items()}
        return Model(architecture, {**params, **init_readout(self.hidden, outputs, self.seed)}), batch
