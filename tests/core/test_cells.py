"""Every cell says what PyTorch says, forwards and backwards."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given

from rnn_core.cells import CELLS, numpy_ops
from tests.core import oracle
from tests.core.draw import Problem, problem, problems
from tests.core.oracle import assert_close

LAYERS = {
    "rnn": lambda I, H: torch.nn.RNN(I, H, nonlinearity="tanh"),
    "rnn-relu": lambda I, H: torch.nn.RNN(I, H, nonlinearity="relu"),
    "lstm": torch.nn.LSTM,
    "gru": torch.nn.GRU,
}
torch_ops = SimpleNamespace(sigmoid=torch.sigmoid, tanh=torch.tanh, relu=torch.relu)


@pytest.mark.parametrize("cell", CELLS)
def test_agrees_with_a_loop_of_torch_cells(cell: str) -> None:
    """Outputs and the gradient of every state, parameter and input, from random initial states."""
    check(problem(cell))


@pytest.mark.parametrize("cell", CELLS)
def test_agrees_from_a_state_of_zeros(cell: str) -> None:
    """A layer that is told no initial state starts where torch does."""
    p = problem(cell)
    theirs = oracle.solve(Problem(cell, p.params, p.x, {name: 0 * s for name, s in p.state.items()}, p.d_h))
    trace, grads = Problem(cell, p.params, p.x, {}, p.d_h).solve()
    assert_close(trace.states, theirs.states)
    assert_close(grads.states, theirs.d_states)


@given(problems())
def test_agrees_at_every_size(p: Problem) -> None:
    """The dialogue holds for any T, B, I and H, down to one of each."""
    check(p)


def check(p: Problem) -> None:
    theirs = oracle.solve(p)
    trace, grads = p.solve()
    assert_close(trace.states, theirs.states)
    assert_close(grads.states, theirs.d_states)
    assert_close(grads.x, theirs.d_x)
    assert_close(grads.params, theirs.d_params)


@pytest.mark.parametrize("cell", LAYERS)
def test_agrees_with_the_layer_in_torch_nn(cell: str) -> None:
    """Our parameters fit torch.nn's layer by name and shape as they are, and mean the same there."""
    p = problem(cell, T=9)
    layer = LAYERS[cell](p.x.shape[2], p.d_h.shape[2]).double()
    layer.load_state_dict({f"{name}_l0": torch.tensor(value) for name, value in p.params.items()})
    x = torch.tensor(p.x, requires_grad=True)
    start = {name: s.unsqueeze(0) for name, s in oracle.tensors(p.state).items()}
    for s in start.values():
        s.retain_grad()
    out, _ = layer(x, tuple(start.values()) if len(start) > 1 else start["h"])
    out.backward(torch.tensor(p.d_h))

    trace, grads = p.solve()
    assert_close(trace.states["h"][1:], out.detach())
    assert_close(grads.x, oracle.gradient(x))
    assert_close(grads.params, {name: oracle.gradient(getattr(layer, f"{name}_l0")) for name in p.params})
    assert_close({name: s[0] for name, s in grads.states.items()}, {k: oracle.gradient(s)[0] for k, s in start.items()})


@pytest.mark.parametrize("gain", [1, 0])
@pytest.mark.parametrize("cell", CELLS)
def test_back_is_autograd_through_step(cell: str, gain: float) -> None:
    """The derivation by hand and autograd through the same `step` agree on a, the recurrent product and each way to the
    state before; of which only those around the matrix are left where it is 0."""
    rule, (B, H), rng = CELLS[cell], (3, 4), np.random.default_rng(1)
    rows = len(rule.blocks) * H
    a, bias = rng.standard_normal((2, B, rows))  # a bias for each sequence: its gradient is that of the product
    weight = gain * rng.standard_normal((rows, H))
    before, d = ({name: rng.standard_normal((B, H)) for name in rule.states} for _ in range(2))

    given = oracle.tensors({"a": a, "bias": bias, **before})

    def recur(h: torch.Tensor) -> torch.Tensor:
        return h @ torch.tensor(weight).T + given["bias"]

    step = rule.step(given["a"], {name: given[name] for name in rule.states}, recur, torch_ops)
    for s in step.state.values():
        s.retain_grad()
    torch.autograd.backward(list(step.state.values()), [torch.tensor(d[name]) for name in step.state])

    now = rule.step(a, before, lambda h: h @ weight.T + bias, numpy_ops)
    ours = rule.back(d, before, now, lambda d: d @ weight)
    assert_close(ours.a, oracle.gradient(given["a"]))
    assert_close(ours.recur, oracle.gradient(given["bias"]))
    assert_close(ours.state, {name: oracle.gradient(s) for name, s in step.state.items()})
    flows = {**ours.direct, "h": ours.through + ours.direct.get("h", 0)}
    assert_close(flows, {name: oracle.gradient(given[name]) for name in rule.states})


@pytest.mark.parametrize("cell", CELLS)
def test_back_takes_several_gradients_at_once(cell: str) -> None:
    """Extra leading axes are so many separate gradients; truncation relies on it."""
    p, rng = problem(cell), np.random.default_rng(2)
    trace, _ = p.solve()
    many = {name: rng.standard_normal((3, *s.shape)) for name, s in p.state.items()}

    def recur_T(d: np.ndarray) -> np.ndarray:
        return d @ p.params["weight_hh"]

    together = CELLS[cell].back(many, *trace.at(2), recur_T)
    for k in range(3):
        alone = CELLS[cell].back({name: d[k] for name, d in many.items()}, *trace.at(2), recur_T)
        assert_close(together.a[k], alone.a, 0)
        assert_close(together.recur[k], alone.recur, 0)
        assert_close(together.through[k], alone.through, 1e-15)
        assert_close({name: d[k] for name, d in together.state.items()}, alone.state, 0)
        assert_close({name: d[k] for name, d in together.direct.items()}, alone.direct, 0)


@pytest.mark.parametrize("cell", CELLS)
def test_single_precision_stays_single(cell: str) -> None:
    """Parameters in float32 give float32 everywhere in Trace and Grads, near what float64 gives."""
    p = problem(cell)
    small = Problem(cell, {name: value.astype(np.float32) for name, value in p.params.items()}, p.x, p.state, p.d_h)
    for thing, reference in zip(small.solve(), p.solve(), strict=True):
        for name, value in vars(thing).items():
            for part, array in value.items() if isinstance(value, dict) else [(None, value)]:
                if isinstance(array, np.ndarray):
                    wanted = vars(reference)[name]
                    assert array.dtype == np.float32, (name, part)
                    assert_close(array, wanted if part is None else wanted[part], 1e-4)
    trace = small.solve()[0]
    weight_hh = small.params["weight_hh"]
    back = CELLS[cell].back({name: s[1] for name, s in trace.states.items()}, *trace.at(1), lambda d: d @ weight_hh)
    for array in (back.a, back.recur, back.through, *back.state.values(), *back.direct.values()):
        assert array.dtype == np.float32


@pytest.mark.parametrize("cell", CELLS)
def test_lists_what_it_records(cell: str) -> None:
    """`states`, `gates`, `blocks` and `named` announce, in order, what a step returns."""
    rule = CELLS[cell]
    before, now = problem(cell).solve()[0].at(1)
    zeros = np.zeros((2, len(rule.blocks) * 4))
    step = rule.step(zeros, before, lambda _: zeros, numpy_ops)
    assert [tuple(part) for part in step[:4]] == [rule.states, rule.gates, rule.blocks, rule.named]
    assert [tuple(part) for part in now[:4]] == [rule.states, rule.gates, rule.blocks, rule.named]


@pytest.mark.parametrize("cell", CELLS)
def test_every_gate_and_state_has_its_formula(cell: str) -> None:
    """The equations as text define each gate, in weight order, and then each state, once."""
    rule = CELLS[cell]
    defined = [formula.split("_t = ")[0] for formula in rule.formulas]
    assert defined[: len(rule.gates)] == list(rule.gates)
    assert sorted(defined[len(rule.gates) :]) == sorted(rule.states)


def test_lstm_records_what_the_names_say() -> None:
    """Each gate is its pre-activation bent, and each product is the formula it is filed under."""
    t = problem("lstm").solve()[0]
    c, gates = t.states["c"], t.gates
    for gate in "ifo":
        assert_close(gates[gate], torch.sigmoid(torch.tensor(t.pre[gate])))
    assert_close(gates["g"], np.tanh(t.pre["g"]))
    assert_close(t.named, {"f⊙c": gates["f"] * c[:-1], "i⊙g": gates["i"] * gates["g"], "tanh(c)": np.tanh(c[1:])})
    assert_close(c[1:], t.named["f⊙c"] + t.named["i⊙g"])
    assert_close(t.states["h"][1:], gates["o"] * t.named["tanh(c)"])


def test_gru_records_what_the_names_say() -> None:
    """Each gate is its pre-activation bent, and each product is the formula it is filed under; z = 1 keeps."""
    p = problem("gru")
    t = p.solve()[0]
    h, gates = t.states["h"], t.gates
    candidate = h[:-1] @ p.params["weight_hh"][-4:].T + p.params["bias_hh"][-4:]
    for gate in "rz":
        assert_close(gates[gate], torch.sigmoid(torch.tensor(t.pre[gate])))
    assert_close(gates["n"], np.tanh(t.pre["n"]))
    assert_close(
        t.named,
        {
            "W_hn·h + b_hn": candidate,
            "r⊙(W_hn·h + b_hn)": gates["r"] * candidate,
            "(1−z)⊙n": (1 - gates["z"]) * gates["n"],
            "z⊙h": gates["z"] * h[:-1],
        },
    )
    assert_close(h[1:], t.named["(1−z)⊙n"] + t.named["z⊙h"])
