"""Training, watched: a model as the app trains it beside the same updates on the same batches in PyTorch and Keras.

Ours watches: loss and norms before and after clipping at every update, and, when it is time for a look, the full trace
with gradients of the probe sequence; it draws its data and flushes denormals; exams are left out. The peers are blind,
but for the Cell loop.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch

from rnn_core.experiment import Experiment
from rnn_core.training import Run
from rnn_core.training.group import Group
from rnn_core.training.many import Many
from rnn_core.training.plan import Plan
from rnn_core.training.processor import training_mode
from rnn_core.training.source import Source
from tests.bench.harness import Sides, case
from tests.bench.watching import so_many

SIZES = {  # batch, T, H; how many updates are timed at once
    "B1 T50 H8": (1, 50, 8, 400),
    "B32 T50 H32": (32, 50, 32, 80),
    "B64 T100 H64": (64, 100, 64, 12),
    "B64 T200 H128": (64, 200, 128, 3),
}
MODULES = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}
Step = Callable[[int], float]  # update number → loss


def experiment(cell: str, size: str, **more: Any) -> Experiment:
    B, T, H, _ = SIZES[size]
    return Experiment.from_task("adding", cell, batch=B, length=T, hidden=H, budget=1_000_000 // (B * H), **more)


class Module(torch.nn.Module):
    """The recurrent layer and the readout, from our first weights."""

    def __init__(self, cell: str, first: dict[str, np.ndarray]):
        super().__init__()
        H, I = first["weight_hh"].shape[1], first["weight_ih"].shape[1]
        self.rnn = MODULES[cell](I, H)
        self.readout = torch.nn.Linear(H, 1)
        names = {"rnn.weight_ih_l0": "weight_ih", "rnn.weight_hh_l0": "weight_hh", "rnn.bias_ih_l0": "bias_ih"}
        names |= {"rnn.bias_hh_l0": "bias_hh", "readout.weight": "weight_hy", "readout.bias": "bias_hy"}
        self.load_state_dict({theirs: torch.tensor(first[ours], dtype=torch.float32) for theirs, ours in names.items()})

    def last(self, x: torch.Tensor) -> torch.Tensor:
        return self.rnn(x)[0][-1]


def torch_step(module: Module, run: Run) -> Step:
    """One blind update: forward, backward, clip, fused Adam."""
    source, params = Source(run.experiment, run.task), list(module.parameters())
    optimizer = torch.optim.Adam(params, lr=run.lr, fused=True)

    def step(update: int) -> float:
        batch = source.batch(update)
        optimizer.zero_grad()
        answer = module.readout(module.last(torch.from_numpy(batch.x)))
        loss = torch.nn.functional.mse_loss(answer, torch.from_numpy(batch.target[0]))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(params, 1.0)
        optimizer.step()
        return loss.item()

    return step


def cell_step(module: Module, run: Run) -> Step:
    """LSTMCell in a loop, h and c of every step keeping their gradients: what watching takes with autograd."""
    cell = torch.nn.LSTMCell(module.rnn.input_size, module.rnn.hidden_size)
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in module.rnn.state_dict().items()})
    module.rnn = cell  # pyright: ignore[reportAttributeAccessIssue]

    def last(x: torch.Tensor) -> torch.Tensor:
        h = c = torch.zeros(x.shape[1], cell.hidden_size)
        for x_t in x:
            h, c = cell(x_t, (h, c))
            h.retain_grad()
            c.retain_grad()
        return h

    module.last = last
    return torch_step(module, run)


def keras_step(module: Module, run: Run) -> Step:
    """Keras' own training step, on its torch backend."""
    os.environ["KERAS_BACKEND"] = "torch"
    import keras

    e = run.experiment
    layers = [keras.Input((e.length, 2)), keras.layers.LSTM(e.hidden), keras.layers.Dense(1)]
    model = keras.Sequential(layers)
    model.compile(keras.optimizers.Adam(run.lr, global_clipnorm=1.0), loss="mse")
    # Keras has one bias and holds the matrices transposed, its gates in the same order.
    first = {name: value.astype(np.float32) for name, value in run.first.items()}
    bias = first["bias_ih"] + first["bias_hh"]
    readout = [first["weight_hy"].T, first["bias_hy"]]
    model.set_weights([first["weight_ih"].T, first["weight_hh"].T, bias, *readout])
    source = Source(e, run.task)

    def step(update: int) -> float:
        batch = source.batch(update)
        return float(model.train_on_batch(batch.x.swapaxes(0, 1), batch.target[0]))

    return step


def beside(cell: str, size: str, peer: Callable[[Module, Run], Step]) -> Sides:
    """So many updates of a watched model, and of the peer. They agree where their first losses do."""
    torch.set_num_threads(1)
    ours = watched(experiment(cell, size))
    theirs = peer(Module(cell, ours.runs[0].first), ours.runs[0])
    updates, made, first = SIZES[size][3], [0], {}

    def work() -> list[float]:
        losses = so_many(ours, updates).reports[0].losses.tolist()
        return first.setdefault("ours", losses)

    def peers() -> list[float]:
        losses = [theirs(made[0] + k) for k in range(updates)]
        made[0] += updates
        return first.setdefault("peer", losses)

    def agree(mine: list[float], others: list[float]) -> None:
        same = 1 if peer is keras_step else 3  # Keras' single bias is another network once Adam has moved it
        np.testing.assert_allclose(mine[:same], others[:same], rtol=2e-3)

    return Sides(work, peers, agree)


def watched(experiment: Experiment) -> Group:
    """A model that never stops at an exam: those are measured apart."""
    made = Group(Plan((experiment,)), device="auto")
    made.runs[0]._examine = lambda: None
    return made


# ---- Watching against not watching, vanishing against healthy


def blind(cell: str, size: str) -> Sides:
    """A watched model beside the bare engine on the same batches."""
    updates = SIZES[size][3]
    ours, other = watched(experiment(cell, size)), Run(experiment(cell, size))
    made = [0]

    def bare() -> np.ndarray:
        losses = []
        with training_mode():
            for _ in range(updates):
                losses.append(other.engine.update(other.source.batch(made[0]), other.lr, None).loss)
                made[0] += 1
        return np.array(losses)

    return Sides(lambda: so_many(ours, updates).reports[0].losses, bare, np.testing.assert_array_equal)


def vanishing(cell: str, size: str, dying: dict[str, Any], healthy: dict[str, Any]) -> Sides:
    """A Run whose gradient dies on the way back beside a healthy one; the learning rate is too small to change that."""
    updates = SIZES[size][3]
    groups = [watched(experiment(cell, size, lr=1e-9, init="orthogonal", **more)) for more in (dying, healthy)]
    runs = [group.runs[0] for group in groups]

    def agree(_mine: Any, _others: Any) -> None:
        first = []
        for run in runs:
            grads = run.probe().grads
            assert grads is not None
            first.append(max(np.abs(d[1]).max() for d in grads.states.values()))
        assert first[0] < 1e-30 < 1e-6 < first[1], first

    return Sides(lambda: runs[0].take(updates), lambda: runs[1].take(updates), agree)


PEERS = {
    ("rnn", "torch.nn.RNN, blind", torch_step): (9, 5, 1.8, None),
    ("gru", "torch.nn.GRU, blind", torch_step): (7, 2.2, 1, None),
    ("lstm", "torch.nn.LSTM, blind", torch_step): (1.2, 0.9, 0.9, None),
    ("lstm", "LSTMCell loop, retain_grad", cell_step): (6, 3, 2.5),
    ("lstm", "Keras on torch", keras_step): (8, 5, 8),
}
for (cell, peer, step), floors in PEERS.items():
    kind = {torch_step: "", cell_step: "-loop", keras_step: "-keras"}[step]
    for size, floor in zip(SIZES, floors, strict=False):
        case(f"train-{cell}{kind} {size}", peer, floor=floor, pairs=7)(partial(beside, cell, size, step))
for cell in MODULES:
    for size in list(SIZES)[:3]:
        case(f"watch-{cell} {size}", "the same, blind", floor=0.95, pairs=15)(partial(blind, cell, size))
for cell, dying, healthy in (
    ("rnn", {"gain": 0.4}, {"gain": 1.2}),
    ("lstm", {"gain": 0.4, "forget_bias": -4.0}, {"forget_bias": 5.0}),
):
    name = f"vanishing-{cell} B64 T100 H64"
    case(name, "a healthy run", floor=0.95, pairs=15)(partial(vanishing, cell, "B64 T100 H64", dying, healthy))


# ---- Many models at once


def many(models: int, size: tuple[int, int, int], updates: int) -> Sides:
    """Models trained side by side, and the same in torch.nn, one after the other. Some of the peers stand for all."""
    B, T, H = size
    torch.set_num_threads(1)
    settings = Experiment.from_task("adding", "rnn", batch=B, length=T, hidden=H, budget=10_000)
    ours, sample, made = Many(settings, range(models)), models // 16, [0]
    runs = [Run(replace(settings, seed=seed), "numpy") for seed in range(sample)]
    theirs = [torch_step(Module("rnn", run.first), run) for run in runs]

    def peers() -> np.ndarray:
        losses = [[step(made[0] + k) for step in theirs] for k in range(updates)]
        made[0] += updates
        return np.array(losses)

    def agree(mine: np.ndarray, others: np.ndarray) -> None:
        if made[0] == updates:
            np.testing.assert_allclose(mine[:3, :sample], others[:3], rtol=2e-3)

    return Sides(lambda: ours.take(updates), peers, agree, peer_is=1 / 16)


for models, size, floor in ((256, (1, 50, 8), 100), (64, (32, 50, 16), 10)):
    B, T, H = size
    name = f"many-rnn {models} models B{B} T{T} H{H}"
    case(name, "torch.nn.RNN, one by one", floor=floor, pairs=5)(partial(many, models, size, 16))
