"""The GRU as first published: its equations one number at a time, whole networks of it, and what it shares with GRU."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from rnn_core import Experiment, Invalid, unroll
from rnn_core.analysis.conventions import GRUS, conventions
from rnn_core.architecture import Architecture, suffix
from rnn_core.batch import Batch
from rnn_core.bptt import bptt, shares, signed_shares
from rnn_core.clamp import Clamp
from rnn_core.model import Model, backward, draw, forward
from rnn_core.params import Params
from tests.core import oracle
from tests.core.draw import Problem, problem, problems
from tests.core.oracle import Tensors, assert_close, reset_before

CELL = "gru-reset-before"
NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def σ(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def test_the_equations_of_the_paper() -> None:
    """Equations 5 to 8 of Cho et al. 2014, unit by unit in Python's own numbers; their z is the one that keeps."""
    p = problem(CELL, T=4, B=1, I=2, H=3)
    w = {name: value.tolist() for name, value in p.params.items()}
    h = p.state["h"][0].tolist()
    trace = p.solve()[0]
    for t, x in enumerate(p.x[:, 0].tolist()):

        def pre(row: int, past: list[float], x: list[float] = x) -> float:
            read = sum(a * b for a, b in zip(w["weight_ih"][row], x, strict=True))
            recalled = sum(a * b for a, b in zip(w["weight_hh"][row], past, strict=True))
            return read + w["bias_ih"][row] + recalled + w["bias_hh"][row]

        r, z = ([σ(pre(3 * block + j, h)) for j in range(3)] for block in (0, 1))
        reset = [a * b for a, b in zip(r, h, strict=True)]
        n = [math.tanh(pre(6 + j, reset)) for j in range(3)]
        h = [z[j] * h[j] + (1 - z[j]) * n[j] for j in range(3)]
        for wanted, found in ((r, trace.gates["r"]), (z, trace.gates["z"]), (n, trace.gates["n"])):
            assert_close(found[t, 0], wanted, 1e-14)
        assert_close(trace.named["r⊙h"][t, 0], reset, 1e-14)
        assert_close(trace.states["h"][t + 1, 0], h, 1e-14)


# ---- Whole networks


def by_loops(net: Architecture, p: Tensors, x: torch.Tensor) -> torch.Tensor:
    """Every layer and direction as a plain loop: the logits (T, B, O)."""
    for layer in range(net.layers):
        read = []
        for direction in range(net.directions):
            weights = [p[name + suffix(layer, direction)] for name in NAMES]
            h, out = torch.zeros(x.shape[1], net.hidden, dtype=x.dtype), []
            for x_t in x.flip(0) if direction else x:
                h = reset_before(x_t, h, weights)
                out.append(h)
            read.append(torch.stack(out[::-1] if direction else out))
        x = torch.cat(read, dim=-1)
    return F.linear(x, p["weight_hy"], p["bias_hy"])


@st.composite
def networks(draw_from: st.DrawFn) -> tuple[Model, Batch]:
    size = st.integers(1, 4)
    T, B, I, H, O = draw_from(st.tuples(st.integers(1, 6), size, size, size, size))
    net = Architecture(CELL, I, H, O, draw_from(st.integers(1, 3)), draw_from(st.booleans()))
    seed = draw_from(st.integers(0, 999))
    rng = np.random.default_rng(seed)
    batch = Batch(rng.standard_normal((T, B, I)), rng.standard_normal((T, B, O)), np.ones((T, B), bool), "squared")
    return draw(net, Experiment(seed=seed, gain=2)), batch


@given(networks())
def test_any_network_is_a_plain_loop_and_autograd(drawn: tuple[Model, Batch]) -> None:
    """One to three layers, one or both directions: logits, and the gradient of every parameter."""
    model, batch = drawn
    trace = backward(model, forward(model, batch))
    p = oracle.tensors(model.params)
    logits = by_loops(model.architecture, p, torch.tensor(batch.x))
    F.mse_loss(logits, torch.tensor(batch.target), reduction="sum").backward()
    assert_close(trace.logits, logits.detach())
    assert trace.d_params is not None
    assert_close(trace.d_params, {name: oracle.gradient(value) for name, value in p.items()})


# ---- Each step's share of the weights


@given(problems([CELL]))
def test_shares_are_of_what_was_multiplied(p: Problem) -> None:
    """Those of W_hn are with r⊙h, and not with h; over the steps they sum to the gradient, signed ones to 1."""
    trace, grads = p.solve()
    G, H = shares(trace, grads), p.d_h.shape[2]
    n = np.einsum("tbi,tbj->tij", grads.recur[..., 2 * H :], trace.gates["r"] * trace.states["h"][:-1])
    assert_close(G["weight_hh"][:, 2 * H :], n, 1e-12)
    signed = signed_shares(trace, grads)
    for name, whole in grads.params.items():
        assert_close(G[name].sum(axis=0), whole, 1e-12)
        along = np.array([np.sum(one * whole) for one in G[name]])
        assert_close(signed[name] * np.sum(whole * whole), along, 1e-9)


# ---- Beside the GRU


def both(p: Params, x: np.ndarray, clamp: tuple[Clamp, ...] = ()) -> tuple[tuple[np.ndarray, Params], ...]:
    """h and the weights' gradients of the two, from the same parameters."""
    out = []
    for cell in ("gru", CELL):
        trace = unroll(cell, p, x, clamp=clamp)
        out.append((trace.states["h"], bptt(trace, p, np.ones_like(trace.states["h"][1:])).params))
    return tuple(out)


@pytest.mark.parametrize(("H", "same"), [(1, True), (2, False)])
def test_with_one_unit_and_no_bias_there_is_one_gru(H: int, same: bool) -> None:
    """W(r·h) = r·(W·h) of numbers; of vectors it is not."""
    p = problem("gru", H=H)
    p.params["bias_hh"][2 * H :] = 0
    (after, d_after), (before, d_before) = both(p.params, p.x)
    assert np.allclose(after, before, rtol=0, atol=1e-14) == same
    if same:  # but for b_hn, which r multiplies in one of them alone
        for name in NAMES[:3]:
            assert_close(d_before[name], d_after[name], 1e-13)


def test_with_the_reset_open_there_is_one_gru() -> None:
    p = problem("gru")
    (after, d_after), (before, d_before) = both(p.params, p.x, (Clamp("r", 1, 1, len(p.x)),))
    assert_close(before, after, 1e-14)
    assert_close(d_before, d_after, 1e-13)


def test_with_the_reset_shut_the_past_is_not_read() -> None:
    """W_hn then gets no gradient; of the GRU that resets afterwards neither does b_hn, of this one it does."""
    p = problem("gru")
    for (_, d), biased in zip(both(p.params, p.x, (Clamp("r", 0, 1, len(p.x)),)), (False, True), strict=True):
        assert not d["weight_hh"][8:].any()
        assert d["bias_hh"][8:].all() == biased


@pytest.mark.parametrize("cell", GRUS)
def test_one_step_of_both(cell: str) -> None:
    """From the state that the one has reached: its own n and h again, the other's by its own equations."""
    p = problem(cell, T=4)
    trace = p.solve()[0]
    found = conventions(p.params, trace, unit=2)
    assert tuple(found) == GRUS
    for each, step in found.items():
        x, h = torch.tensor(p.x[3:, :1]), torch.tensor(trace.states["h"][3, :1])
        weights = [torch.tensor(p.params[name]) for name in NAMES]
        alone = oracle.STEPS[each](x[0], {"h": h}, weights)["h"][0, 2].item()
        whole = Problem(each, p.params, p.x, p.state, p.d_h).solve()[0].states["h"][-1, 0, 2]
        gates = [trace.gates[gate][3, 0, 2] for gate in "rz"]
        assert_close([step.before, step.r, step.z, step.h], [h[0, 2], *gates, alone], 1e-14)
        assert step.throughout == pytest.approx(whole, abs=1e-14)
        assert step.h == pytest.approx((1 - step.z) * step.n + step.z * step.before, abs=1e-14)
    assert found[cell].h == found[cell].throughout == pytest.approx(trace.states["h"][-1, 0, 2], abs=1e-14)


def test_other_cells_have_no_such_conventions() -> None:
    p = problem("lstm")
    with pytest.raises(Invalid, match="cell"):
        conventions(p.params, p.solve()[0])
