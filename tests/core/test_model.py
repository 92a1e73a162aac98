"""Readout and loss around the layer: numbers and gradients equal PyTorch's."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from rnn_core import Experiment
from rnn_core.batch import Batch
from rnn_core.cells import CELLS
from rnn_core.model import LOSSES, Model, ModelTrace, backward, build, forward, traced
from rnn_core.presets import PRESETS
from rnn_core.readers import TARGETS
from tests.core import oracle
from tests.core.oracle import assert_close

TEXTS = {"text": "banana", "bits": "1011001", "numbers": "3, -1, 4, 1", "sine": ""}

# By name: logits (N, O) and targets → (N,) losses in torch.
THEIRS: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    "cross-entropy": lambda logits, target: F.cross_entropy(logits, target, reduction="none"),
    "binary": lambda logits, y: F.binary_cross_entropy_with_logits(logits, y, reduction="none").sum(dim=-1),
    "squared": lambda logits, y: F.mse_loss(logits, y, reduction="none").sum(dim=-1),
}


@pytest.mark.parametrize("size", [1, 30, 1000])
@pytest.mark.parametrize("loss", LOSSES)
def test_losses_are_torchs(loss: str, size: float) -> None:
    """Losses and gradients, at logits up to ±1000 too, with no overflow, no ln 0 and no warning."""
    rng = np.random.default_rng(0)
    logits = size * rng.uniform(-1, 1, (6, 5, 3 if loss == "cross-entropy" else 1))
    logits[0, :, 0], logits[1, :, 0] = size, -size
    target = rng.integers(0, 3, (6, 5)) if loss == "cross-entropy" else rng.integers(0, 2, (6, 5, 1)).astype(float)
    theirs = torch.tensor(logits, requires_grad=True)
    wanted = THEIRS[loss](theirs.flatten(0, 1), torch.tensor(target).flatten(0, 1))
    wanted.sum().backward()

    with np.errstate(divide="raise", over="raise", invalid="raise"):
        _, losses, d_logits = LOSSES[loss](logits, target)
    assert_close(losses, wanted.detach().reshape(6, 5), 1e-14)
    assert_close(d_logits, oracle.gradient(theirs), 1e-14)


def test_guesses_are_what_they_say() -> None:
    """Softmax, σ, or the logits themselves."""
    logits = np.random.default_rng(0).standard_normal((4, 2, 3))
    values, classes = np.zeros((4, 2, 3)), np.zeros((4, 2), int)
    guess = {name: loss(logits, classes if name == "cross-entropy" else values)[0] for name, loss in LOSSES.items()}
    given = torch.tensor(logits)
    assert_close(guess, {"cross-entropy": given.softmax(-1), "binary": given.sigmoid(), "squared": given}, 1e-14)


def check(model: Model, reading: Batch, ours: ModelTrace) -> None:
    """Against torch from inputs to loss and back, what is not asked left out of the sum."""
    params = oracle.tensors(model.params)
    B, H = reading.x.shape[1], model.params["weight_hh"].shape[1]
    start = oracle.tensors({name: np.zeros((B, H)) for name in CELLS[model.cell].states})
    x = torch.tensor(reading.x, requires_grad=True)
    states = oracle.loop(model.cell, params, x, start)
    logits = F.linear(torch.stack([s["h"] for s in states[1:]]), params["weight_hy"], params["bias_hy"])
    asked = torch.tensor(reading.asked)
    losses = THEIRS[reading.loss](logits[asked], torch.tensor(reading.target)[asked])
    losses.sum().backward()

    assert ours.grads is not None
    assert ours.d_params is not None
    assert_close(ours.logits, logits.detach())
    assert_close(ours.losses[reading.asked], losses.detach())
    assert_close(ours.loss, losses.detach().sum())
    assert not ours.losses[~reading.asked].any()
    assert not ours.d_logits[~reading.asked].any()
    d_params = {name: oracle.gradient(value) for name, value in params.items()}
    assert_close(ours.d_params, d_params)
    assert_close(ours.grads.x, oracle.gradient(x))
    for name in start:
        assert_close(ours.grads.states[name], np.stack([oracle.gradient(s[name]) for s in states]))


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("kind", "target"), [(kind, target) for kind in TARGETS for target in TARGETS[kind]])
def test_a_whole_model_is_torchs(kind: str, target: str, cell: str) -> None:
    """Every kind of input, question and cell: losses, and the gradient of every parameter, input and state."""
    check(*traced(Experiment(kind=kind, text=TEXTS[kind], target=target, cell=cell, length=8, hidden=4, seed=3)))


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_torchs(name: str) -> None:
    """The networks set by hand, where gates and activations saturate."""
    check(*traced(Experiment.from_preset(name)))


@pytest.mark.parametrize("loss", LOSSES)
def test_a_batch_with_holes_is_torchs(loss: str) -> None:
    """Several sequences and outputs, asked here and there."""
    T, B, O, rng = 6, 3, 4, np.random.default_rng(0)
    classes = loss == "cross-entropy"
    model = build(Experiment(text="abc", hidden=5))
    model.params.update({"weight_hy": rng.standard_normal((O, 5)), "bias_hy": rng.standard_normal(O)})
    target = rng.integers(0, O, (T, B)) if classes else rng.integers(0, 2, (T, B, O)).astype(float)
    reading = Batch(rng.standard_normal((T, B, 4)), target, rng.random((T, B)) < 0.5, loss)
    check(model, reading, backward(model, forward(model, reading)))


@pytest.mark.parametrize("kind", TARGETS)
def test_traced_is_the_three_steps_in_one(kind: str) -> None:
    """Its loss is the sum of its losses, and it holds what build, forward and backward give."""
    experiment = Experiment(kind=kind, text=TEXTS[kind], target=TARGETS[kind][0])
    model, reading, trace = traced(experiment)
    assert trace.loss == pytest.approx(trace.losses.sum(), rel=1e-15)
    again = backward(model, forward(build(experiment), reading))
    assert trace.grads is not None
    assert again.grads is not None
    assert_close(again.grads.params, trace.grads.params, 0)


def test_backward_can_be_cut_short() -> None:
    """`truncate` reaches the layer and leaves the readout whole."""
    model, reading, full = traced(Experiment())
    cut = backward(model, forward(model, reading), truncate=2)
    assert cut.grads is not None
    assert full.grads is not None
    assert np.abs(cut.grads.params["weight_hh"] - full.grads.params["weight_hh"]).max() > 1e-6
    assert cut.d_params is not None
    assert full.d_params is not None
    for name in ("weight_hy", "bias_hy"):
        assert_close(cut.d_params[name], full.d_params[name], 0)


def test_a_model_trace_is_read_only() -> None:
    """Views share it; none may write in it."""
    _, _, trace = traced(Experiment())
    assert trace.d_params is not None
    for array in (trace.logits, trace.guess, trace.losses, trace.d_logits, *trace.d_params.values()):
        assert not array.flags.writeable
