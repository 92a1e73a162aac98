"""What the page Gradients is set to, and from it: networks, what they read, and the gradient they carry back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rnn_core import tasks
from rnn_core.analysis.bounds import misleading
from rnn_core.analysis.cliff import CLIP, LR, START
from rnn_core.analysis.flow import from_the_end
from rnn_core.analysis.inputs import cleaned, inputs
from rnn_core.analysis.networks import network
from rnn_core.architecture import Architecture
from rnn_core.batch import Batch
from rnn_core.experiment import GRADIENTS
from rnn_core.inside import BYPASS
from rnn_core.lab import Lab
from rnn_core.model import Model, forward
from rnn_core.params import Params, init_readout
from rnn_core.unroll import Trace, unroll

SEQUENCES = 16  # B of noise or a task


@dataclass(frozen=True)
class GradientLab(Lab):
    """The settings of the page.

    view            which figure
    cells, cell     those drawn side by side, and the one that a single figure is about; "irnn" is a ReLU network that
                    begins as the identity (Le, Jaitly & Hinton 2015)
    hidden, length  H and T
    measure, scale  plain cells: W_hh is multiplied by `scale` ("gain"), or brought to that spectral radius ("radius")
    init, seed      as in `init_params`; a gated cell has gain 1
    keep_bias       of the LSTM's forget gate and the GRU's z
    data, text      x ~ N(0, 1), the letters of a text, or a task's sequences
    loss            "end": a random unit vector at h_T; "every": one at each step, or the data's own losses
    spectrum        all singular values of the Jacobians, and not the largest only
    example         of the Jacobians of `bounds.misleading` in place of the network's
    w, b, lr, clip, update   of the cliff: where the descent begins, its rate and limit, and the update looked at

    Raises Invalid where a value cannot be used.
    """

    RULES = GRADIENTS
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
        object.__setattr__(self, "text", cleaned(self.data, self.text))

    @cached_property
    def batch(self) -> Batch:
        """What is read, x (T, B, I), and what is asked about it."""
        return inputs(self.data, self.text, self.length, SEQUENCES, self.seed)

    def network(self, cell: str) -> tuple[str, Params]:
        """The cell's own name, and its parameters."""
        I = self.batch.x.shape[2]
        if cell == "irnn":
            return "rnn-relu", network("rnn-relu", I, self.hidden, self.seed, init="identity", gain=self.scale)
        given: dict[str, float | None] = {"keep_bias": self.keep_bias} if cell in BYPASS else {self.measure: self.scale}
        return cell, network(cell, I, self.hidden, self.seed, init=self.init, **given)  # type: ignore[arg-type]

    def trace(self, cell: str) -> tuple[Params, Trace]:
        """It reads the data."""
        name, params = self.network(cell)
        with np.errstate(over="ignore", invalid="ignore"):  # an explosion is shown, not warned about
            return params, unroll(name, params, self.batch.x)

    def jacobian_trace(self) -> tuple[Params, Trace]:
        """What the view "jacobians" is about."""
        if not self.example:
            return self.trace(self.cell)
        params, x, state = misleading()
        return params, unroll("rnn", params, x, state)

    def d_h(self, params: Params, trace: Trace) -> np.ndarray:
        """(T, B, H): what the losses send into each h_t."""
        if self.loss == "end":
            return from_the_end(trace, self.seed)
        if self.data == "noise":
            d_h = np.random.default_rng((self.seed, 2)).standard_normal(trace.states["h"][1:].shape)
            return d_h / np.linalg.norm(d_h, axis=-1, keepdims=True)
        model, batch = self.model(trace.cell, params)
        with np.errstate(over="ignore", invalid="ignore"):
            read = forward(model, batch)
        return np.broadcast_to(read.d_logits @ model.params["weight_hy"], trace.states["h"][1:].shape)

    def model(self, cell: str, params: Params) -> tuple[Model, Batch]:
        """The same with a readout, for losses and updates. Noise is asked for the mean of what was just read."""
        batch = self.batch
        if self.data == "noise":
            target = np.tanh(batch.x.mean(axis=-1, keepdims=True))
            batch = Batch(batch.x, target, np.ones(batch.x.shape[:2], bool), "squared")
        outputs = int(batch.target.max()) + 1 if batch.loss == "cross-entropy" else batch.target.shape[-1]
        if self.data not in ("noise", "text"):
            outputs = tasks.load(self.data).outputs
        architecture = Architecture(cell, batch.x.shape[2], self.hidden, outputs)
        return Model(architecture, {**params, **init_readout(self.hidden, outputs, self.seed)}), batch
