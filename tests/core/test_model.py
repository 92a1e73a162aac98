"""Everything around the layer: embedding, layers, directions, padding, readout, loss. All of it is PyTorch's."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnn_core import Experiment, Invalid, bptt, init_params, unroll
from rnn_core.architecture import Architecture, suffix
from rnn_core.batch import Batch
from rnn_core.cells import CELLS
from rnn_core.changes import traced
from rnn_core.model import LOSSES, Model, ModelTrace, backward, build, draw, forward
from rnn_core.params import INITS, init_readout
from rnn_core.presets import PRESETS
from rnn_core.readers import TARGETS
from tests.core import oracle
from tests.core.draw import Problem, problem
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
    zeros = {name: np.zeros((B, H)) for name in CELLS[model.cell].states}
    start = oracle.tensors(zeros)
    x = h = torch.tensor(reading.x, requires_grad=True)
    layers = []
    for layer in range(model.architecture.layers):
        own = {name: params[name + suffix(layer, 0)] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
        layers.append(oracle.loop(model.cell, own, h, oracle.tensors(zeros) if layer else start))
        h = torch.stack([s["h"] for s in layers[-1][1:]])
    states = layers[0]
    logits = F.linear(h, params["weight_hy"], params["bias_hy"])
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


def check_traced(experiment: Experiment) -> None:
    replay, reading, trace = traced(experiment)
    check(replay.model, reading, trace)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("kind", "target"), [(kind, target) for kind in TARGETS for target in TARGETS[kind]])
def test_a_whole_model_is_torchs(kind: str, target: str, cell: str) -> None:
    """Every kind of input, question and cell: losses, and the gradient of every parameter, input and state."""
    check_traced(Experiment(kind=kind, text=TEXTS[kind], target=target, cell=cell, length=8, hidden=4, seed=3))


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_torchs(name: str) -> None:
    """The networks set by hand, where gates and activations saturate."""
    check_traced(Experiment.from_preset(name))


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


def test_backward_can_be_cut_short() -> None:
    """`truncate` reaches the layer and leaves the readout whole."""
    replay, _, full = traced(Experiment())
    cut = backward(replay.model, full, truncate=2)
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


# ---- Layers, directions, embedding, padding: against torch.nn

T, B, I, H, O = 6, 4, 3, 5, 3
NN: dict[str, Callable[..., torch.nn.RNNBase]] = {
    "rnn": torch.nn.RNN,
    "rnn-relu": lambda *sizes, **given: torch.nn.RNN(*sizes, nonlinearity="relu", **given),
    "lstm": torch.nn.LSTM,
    "gru": torch.nn.GRU,
}


def network(net: Architecture, padded: bool, loss: str) -> tuple[Model, Batch]:
    """Random weights and sequences; tokens where there is an embedding, and nothing asked past a sequence's end."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, I, (T, B)) if net.embedding else rng.standard_normal((T, B, I))
    lengths = np.array([3, 6, 1, 4]) if padded else None
    asked = np.ones((1, B), bool) if net.last else rng.random((T, B)) < 0.7
    if lengths is not None and not net.last:
        asked &= np.arange(T)[:, None] < lengths
    target = rng.integers(0, O, asked.shape) if loss == "cross-entropy" else rng.random((*asked.shape, O))
    return draw(net, Experiment(seed=1)), Batch(x, target, asked, loss, lengths)


@pytest.mark.parametrize("padded", [False, True], ids=["whole", "padded"])
@pytest.mark.parametrize("last", [False, True], ids=["every step", "last"])
@pytest.mark.parametrize("bidirectional", [False, True], ids=["forwards", "both ways"])
@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("cell", NN)
def test_a_network_is_torchs(cell: str, layers: int, bidirectional: bool, last: bool, padded: bool) -> None:
    """One torch.nn module of that many layers: every logit, loss and gradient."""
    embedding = 2 if layers == 2 else 0
    net = Architecture(cell, I, H, O, layers, bidirectional, embedding, last)
    model, batch = network(net, padded, "cross-entropy" if bidirectional else "squared")
    params = oracle.tensors(model.params)
    module = NN[cell](net.reads(0), H, num_layers=layers, bidirectional=bidirectional, dtype=torch.float64)
    for name, value in module.named_parameters():
        value.data = params[name.replace("_l0", "")].data
    x = F.embedding(torch.tensor(batch.x), params["embedding"]) if embedding else torch.tensor(batch.x)
    if batch.lengths is not None:
        packed, final = module(pack_padded_sequence(x, torch.tensor(batch.lengths), enforce_sorted=False))
        h = pad_packed_sequence(packed, total_length=T)[0]
    else:
        h, final = module(x)
    if last:
        on_top = (final[0] if isinstance(final, tuple) else final)[-net.directions :]
        h = torch.cat(list(on_top), dim=-1)[None]
    logits, asked = F.linear(h, params["weight_hy"], params["bias_hy"]), torch.tensor(batch.asked)
    losses = THEIRS[batch.loss](logits[asked], torch.tensor(batch.target)[asked])
    losses.sum().backward()
    theirs = {name.replace("_l0", ""): value for name, value in module.named_parameters()}

    ours = backward(model, forward(model, batch))
    assert_close(ours.logits[batch.asked], logits[asked].detach())
    assert_close(ours.losses[batch.asked], losses.detach())
    assert_close(ours.loss, losses.detach().sum())
    assert ours.d_params is not None
    assert tuple(ours.d_params) == tuple(net.shapes())
    assert_close(ours.d_params, {name: oracle.gradient(theirs.get(name, params[name])) for name in ours.d_params})


def test_token_numbers_are_one_hot_without_an_embedding() -> None:
    """As if each had been written out as a row of the identity."""
    model, batch = network(Architecture("gru", I, H, O), False, "squared")
    tokens = np.random.default_rng(1).integers(0, I, (T, B))
    ours = backward(model, forward(model, replace(batch, x=tokens)))
    written = backward(model, forward(model, replace(batch, x=np.eye(I)[tokens])))
    assert ours.d_params is not None
    assert written.d_params is not None
    assert_close(ours.d_params, written.d_params, 0)


@pytest.mark.parametrize("cell", CELLS)
def test_a_padded_network_truncates_each_sequence_at_its_own_end(cell: str) -> None:
    """Asked after the last step with `truncate`: as if every sequence had been read alone, without its padding."""
    net = Architecture(cell, I, H, O, layers=2, last=True)
    model, batch = network(net, True, "squared")
    assert batch.lengths is not None
    ours = backward(model, forward(model, batch), truncate=2).d_params
    assert ours is not None
    alone = []
    for k, n in enumerate(batch.lengths):
        one = replace(batch.part(k, k + 1), x=batch.x[:n, k : k + 1], lengths=None)
        alone.append(backward(model, forward(model, one), truncate=2).d_params)
    assert_close(ours, {name: np.sum([one[name] for one in alone], axis=0) for name in ours})


# ---- Padding, one layer


@pytest.mark.parametrize("truncate", [None, 1, 2, 3, 7])
@pytest.mark.parametrize("cell", CELLS)
def test_padding_holds_states_and_passes_gradients(cell: str, truncate: int | None) -> None:
    """Each sequence as if it were alone and ended where it ends; the losses in its padding fall to its last step."""
    p, lengths = problem(cell, T=7, B=4), np.array([4, 7, 1, 6])
    trace = unroll(cell, p.params, p.x, p.state, lengths)
    grads = bptt(trace, p.params, p.d_h, truncate)
    total = {name: np.zeros_like(value) for name, value in p.params.items()}
    for k, n in enumerate(lengths):
        one = slice(k, k + 1)
        d_h = p.d_h[:n, one].copy()
        d_h[-1] += p.d_h[n:, one].sum(axis=0)
        alone = Problem(cell, p.params, p.x[:n, one], {name: s[one] for name, s in p.state.items()}, d_h)
        whole, wanted_grads = alone.solve(truncate)
        for name, state in trace.states.items():
            assert_close(state[: n + 1, one], whole.states[name], 1e-12)
            assert_close(state[n:, k], np.broadcast_to(state[n, k], state[n:, k].shape), 0)
            assert_close(grads.states[name][: n + 1, one], wanted_grads.states[name])
            assert_close(grads.flows[name][:n, one], wanted_grads.flows[name])
        for name, direct in grads.direct.items():
            assert_close(direct[:n, one], wanted_grads.direct[name])
        # In the padding there is one path, and all that the losses behind it send goes along.
        behind = np.cumsum(p.d_h[n:, k][::-1], axis=0)[::-1]
        for name in grads.states:
            wanted = behind if name == "h" else 0 * behind
            assert_close(grads.states[name][n + 1 :, k], wanted)
            for edge in (grads.flows, grads.direct):
                assert_close(edge[name][n:, k], wanted)
        assert_close(grads.x[:n, one], wanted_grads.x)
        assert not grads.x[n:, k].any()
        for name, value in wanted_grads.params.items():
            total[name] += value
    assert_close(grads.params, total)


def test_lengths_must_fit() -> None:
    """One for each sequence."""
    p = problem("rnn", B=2)
    with pytest.raises(Invalid, match="lengths"):
        unroll("rnn", p.params, p.x, lengths=np.array([1, 2, 3]))


# ---- First values


@pytest.mark.parametrize("init", INITS)
@pytest.mark.parametrize("cell", CELLS)
def test_a_plain_network_is_drawn_as_ever(cell: str, init: str) -> None:
    """The layer's numbers first and then the readout's, from one generator; build draws the same."""
    e = Experiment(text="abcab", cell=cell, init=init, gain=0.8, seed=5)
    rng = np.random.default_rng(5)
    wanted = {**init_params(cell, 4, 6, rng, init=init, gain=0.8), **init_readout(6, 4, rng)}
    net = Architecture(cell, 4, 6, 4)  # a, b, c and the end
    for model in (build(e), draw(net, e), draw(net, e)):
        assert model.architecture == net
        assert_close(model.params, wanted, 0)
        assert tuple(model.params) == tuple(net.shapes())
        assert {name: value.shape for name, value in model.params.items()} == net.shapes()
        assert sum(value.size for value in model.params.values()) == net.size


def test_layers_above_change_nothing_below() -> None:
    """A first layer is the same whatever stands on it, and float32 is float64 rounded."""
    e = Experiment(cell="lstm", seed=7, forget_bias=1.0)
    one, three = (draw(Architecture("lstm", I, H, O, layers), e).params for layers in (1, 3))
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        assert_close(three[name], one[name], 0)
        assert np.abs(three[f"{name}_l2"] - three[f"{name}_l1"]).max() > 0
    net = Architecture("lstm", I, H, O, 2, True, 4, True)
    full, rounded = draw(net, e).params, draw(net, e, np.float32).params
    assert tuple(full) == tuple(net.shapes())
    assert {value.dtype for value in rounded.values()} == {np.dtype(np.float32)}
    assert_close(rounded, {name: value.astype(np.float32) for name, value in full.items()}, 0)
    for name in (name for name in full if name.startswith("bias_ih")):
        assert_close(full[name][H : 2 * H], np.ones(H), 0)
