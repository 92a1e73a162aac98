"""Training with PyTorch: its layers, its autograd, its optimisers; on a GPU, and on a CPU where networks are large.

All parameters lie in one vector, in the order of `Architecture.shapes`, and so do their gradients: clipping and
optimiser are then a few calls, as in `NumpyEngine`, and a snapshot of either engine fits the other.
"""

from __future__ import annotations

import math
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from rnn_core.architecture import Architecture
from rnn_core.batch import Batch, turned
from rnn_core.cells import CELLS
from rnn_core.experiment import Experiment
from rnn_core.params import Params
from rnn_core.training.engine import Update, flatten, views
from rnn_core.training.optimizers import length

Tensor = Any  # torch.Tensor, but torch is imported only inside functions
LOOPED = ("rnn-sigmoid", "rnn-linear", "gru-reset-before")  # cells that torch.nn does not have
TINY = 1e-15  # the smallest norm whose square is surely a float32
# Of torch.optim: the class, its settings, and what it calls the rows of its memory.
OPTIMIZERS: dict[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "sgd": ("SGD", {"fused": True}, ()),
    "momentum": ("SGD", {"fused": True, "momentum": 0.9}, ("momentum_buffer",)),
    "rmsprop": ("RMSprop", {}, ("square_avg",)),
    "adam": ("Adam", {"fused": True}, ("exp_avg", "exp_avg_sq")),
}


class TorchEngine:
    """Implements `Engine` on "cpu", "cuda" or "mps"."""

    def __init__(self, architecture: Architecture, params: Params, experiment: Experiment, device: str = "cpu"):
        import torch

        self.net, self.experiment, self.device = architecture, experiment, device
        torch.backends.cudnn.allow_tf32 = False  # 10 bits of mantissa: the numbers would not be those of other engines
        self.weights = self._tensor(flatten(params, np.dtype(experiment.dtype)))
        self.weights.grad = torch.zeros_like(self.weights)
        modules = _modules(architecture, self.weights)
        self.layers, self.readout = modules[-1 - architecture.layers : -1], modules[-1]
        self.embedding = modules[0] if architecture.embedding else None
        self.params = list(modules.parameters())
        self.copies = list(zip(self.params, views(self.weights, architecture).values(), strict=True))
        if device == "cpu":
            for param, view in self.copies:
                param.data = view
            self.copies = []
        self._spread()
        kind, given, names = OPTIMIZERS[experiment.optimizer]
        self.optimizer = getattr(torch.optim, kind)([self.weights], weight_decay=experiment.weight_decay, **given)
        self.rows = self.weights.new_zeros((len(names), self.weights.numel()))
        self.step = torch.zeros((), device=device)  # `made`, where torch.optim counts it
        self.optimizer.state[self.weights] = {"step": self.step, **dict(zip(names, self.rows, strict=True))}
        self.made = 0
        # Where a stream is read, the states of each layer after the last batch, (1, B, H).
        self.carried: list[list[Tensor]] | None = None
        if experiment.carry:
            zeros = self.weights.new_zeros((1, experiment.batch, architecture.hidden))
            self.carried = [[zeros for _ in CELLS[architecture.cell].states] for _ in self.layers]

    def update(self, batch: Batch, lr: float, dropout: np.ndarray | None = None) -> Update:
        import torch

        h, finals = self._forward(batch, self.carried, dropout)
        mean = self._loss(h, batch)
        gradient = self.weights.grad
        torch.cat([part.flatten() for part in torch.autograd.grad(mean, self.params)], out=gradient)
        seen = torch.stack((mean.detach(), torch.linalg.vector_norm(gradient)))
        loss, norm = seen.tolist()  # the only place where the CPU waits for the device
        if not math.isfinite(loss):
            return Update(loss, math.nan, math.nan, False)
        if not TINY < norm < math.inf:
            norm = length(gradient.cpu().numpy())
        if not math.isfinite(norm):
            return Update(loss, norm, norm, False)
        most = self.experiment.clip
        scale = 1.0 if most is None else min(1.0, most / (norm + 1e-6))
        if scale < 1:
            gradient.mul_(scale)
        self.optimizer.param_groups[0]["lr"] = lr
        self.optimizer.step()
        self._spread()
        self.made += 1
        if self.experiment.carry:
            self.carried = [[state.detach() for state in states] for states in finals]
        return Update(loss, norm, norm * scale, True)

    def guess(self, batch: Batch) -> np.ndarray:
        import torch

        with torch.no_grad():
            logits = self.readout(self._forward(batch, None, None)[0])
            if batch.loss == "cross-entropy":
                logits = logits.softmax(-1)
            elif batch.loss == "binary":
                logits = logits.sigmoid()
        return logits.cpu().numpy()

    def snapshot(self) -> dict[str, np.ndarray]:
        kept = {"weights": self.weights, "rows": self.rows}
        for number, states in enumerate(self.carried or ()):
            for name, value in zip(CELLS[self.net.cell].states, states, strict=True):
                kept[f"carried.{number}.{name}"] = value[0]
        copies = {name: value.to("cpu", copy=True).numpy() for name, value in kept.items()}
        return {**copies, "made": np.array(self.made)}

    def restore(self, snapshot: dict[str, np.ndarray]) -> None:
        self.weights.copy_(self._tensor(snapshot["weights"]))
        self.rows.copy_(self._tensor(snapshot["rows"]))
        self.made = int(snapshot["made"])
        self.step.fill_(self.made)
        self._spread()
        for number, states in enumerate(self.carried or ()):
            states[:] = [
                self._tensor(snapshot[f"carried.{number}.{name}"])[None] for name in CELLS[self.net.cell].states
            ]

    def _tensor(self, values: np.ndarray, dtype: str = "") -> Tensor:
        """A copy on the device, in the Experiment's dtype or another."""
        import torch

        return torch.from_numpy(np.array(values, dtype or self.experiment.dtype)).to(self.device)

    def _spread(self) -> None:
        """On a GPU each layer has its weights once more, in one piece, as cuDNN wants them; on a CPU they are views."""
        for param, view in self.copies:
            param.data.copy_(view)

    def _forward(
        self, batch: Batch, start: list[list[Tensor]] | None, dropout: np.ndarray | None
    ) -> tuple[Tensor, list[tuple[Tensor, ...]]]:
        """What the readout reads, (U, B, D*H), and each layer's last states, (D, B, H)."""
        import torch.nn.functional as F

        if batch.x.ndim == 3:
            x = self._tensor(batch.x)
        else:
            tokens = self._tensor(batch.x, "int64")
            x = self.embedding(tokens) if self.embedding else F.one_hot(tokens, self.net.inputs).to(self.weights.dtype)
        finals: list[tuple[Tensor, ...]] = []
        for number, layer in enumerate(self.layers):
            if number and dropout is not None:
                x = x * self._tensor(dropout[number - 1])
            read = self._loop if self.net.cell in LOOPED else self._call
            x, final = read(layer, x, start[number] if start else None, batch.lengths)
            finals.append(final)
        return (_side_by_side(finals[-1][0])[None] if self.net.last else x), finals

    def _call(
        self, layer: Any, x: Tensor, start: list[Tensor] | None, lengths: np.ndarray | None
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """A layer of torch.nn: x (T, B, I) → h (T, B, D*H) and the last states."""
        import torch
        from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

        state = None if start is None else tuple(start) if len(start) > 1 else start[0]
        T = len(x)
        if lengths is not None:
            x = pack_padded_sequence(x, torch.from_numpy(np.array(lengths, "int64")), enforce_sorted=False)
        h, final = layer(x, state)
        final = final if isinstance(final, tuple) else (final,)
        if lengths is not None:  # past its end a sequence keeps its last state
            past = self._tensor(np.arange(T)[:, None] >= lengths, "bool")
            h = torch.where(past[..., None], _side_by_side(final[0]), pad_packed_sequence(h, total_length=T)[0])
        return h, final

    def _loop(
        self, layer: Any, x: Tensor, start: list[Tensor] | None, lengths: np.ndarray | None
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """The same for a cell that torch.nn lacks: its own `step`, on the weights of `layer`."""
        import torch
        import torch.nn.functional as F

        (T, B, _), cell = x.shape, CELLS[self.net.cell]
        ops = SimpleNamespace(sigmoid=torch.sigmoid, tanh=torch.tanh, relu=torch.relu)
        steps = np.repeat(np.arange(T)[:, None], B, axis=1)
        reading = None if lengths is None else self._tensor(steps < lengths, "bool")[..., None]
        outputs, finals = [], []
        for k, (w_ih, w_hh, b_ih, b_hh) in enumerate(layer.all_weights):
            order = self._tensor(turned(steps, k, lengths), "int64")[..., None]
            a = F.linear(x.take_along_dim(order, 0), w_ih, b_ih)
            state = {
                name: start[n][k] if start else a.new_zeros((B, self.net.hidden)) for n, name in enumerate(cell.states)
            }
            recur = partial(F.linear, weight=w_hh, bias=b_hh)
            h = []
            for t in range(T):
                new = cell.step(a[t], state, recur, ops).state
                if reading is not None:
                    new = {name: torch.where(reading[t], value, state[name]) for name, value in new.items()}
                state = new
                h.append(state["h"])
            outputs.append(torch.stack(h).take_along_dim(order, 0))
            finals.append([state[name] for name in cell.states])
        return torch.cat(outputs, dim=-1), tuple(torch.stack(both) for both in zip(*finals, strict=True))

    def _loss(self, h: Tensor, batch: Batch) -> Tensor:
        """The mean over `Batch.answers`. Only what is asked is read out."""
        import torch.nn.functional as F

        h = h.flatten(0, 1)
        if not batch.asked.all():
            h = h.index_select(0, self._tensor(np.flatnonzero(batch.asked), "int64"))
        kind, loss = {
            "cross-entropy": ("int64", F.cross_entropy),
            "binary": ("", F.binary_cross_entropy_with_logits),
            "squared": ("", F.mse_loss),
        }[batch.loss]
        return loss(self.readout(h), self._tensor(batch.target[batch.asked], kind), reduction="sum") / batch.answers


def _side_by_side(h: Tensor) -> Tensor:
    """(D, B, H) → (B, D*H)."""
    return h[0] if len(h) == 1 else h.transpose(0, 1).flatten(1)


def _modules(net: Architecture, like: Tensor) -> Any:
    """Embedding, layers, readout of torch.nn: their parameters() come in the order of `Architecture.shapes`."""
    from torch import nn

    given = {"device": like.device, "dtype": like.dtype}
    kind = {"lstm": nn.LSTM, "gru": nn.GRU, "gru-reset-before": nn.GRU}.get(net.cell, nn.RNN)
    phi = {"nonlinearity": "relu"} if net.cell == "rnn-relu" else {}
    layers = [
        kind(net.reads(number), net.hidden, bidirectional=net.bidirectional, **phi, **given)
        for number in range(net.layers)
    ]
    embedding = [nn.Embedding(net.inputs, net.embedding, **given)] if net.embedding else []
    return nn.ModuleList([*embedding, *layers, nn.Linear(net.width, net.outputs, **given)])
