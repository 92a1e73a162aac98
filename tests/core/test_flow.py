"""How a gradient travels: its norms are those of `bptt`, and of autograd, and do not end where floats do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core import Invalid, bptt, init_params, unroll
from rnn_core.analysis.flow import Flow, flow, from_the_end, median
from rnn_core.analysis.jacobians import jacobians
from rnn_core.cells import CELLS
from rnn_core.params import shapes
from tests.core import oracle
from tests.core.draw import Problem, problem, problems
from tests.core.oracle import assert_close


def norm(*arrays: np.ndarray) -> np.ndarray:
    return np.linalg.norm(np.concatenate(arrays, axis=-1), axis=-1)


@given(problems())
def test_it_is_autograd(p: Problem) -> None:
    """Norms of every state and of its parts; of the path around the matrix by its formula, of the other by the rest."""
    trace = unroll(p.cell, p.params, p.x, p.state)
    ours, theirs = flow(trace, p.params, p.d_h), oracle.solve(p).d_states
    assert_close(10 ** ours.states["s"], norm(*theirs.values()))
    for name, d in theirs.items():
        assert_close(10 ** ours.states[name], norm(d))
    gate, state = ("f", "c") if p.cell == "lstm" else ("z", "h") if p.cell.startswith("gru") else ("", "h")
    around = trace.gates[gate] * theirs[state][1:] if gate else np.zeros_like(p.d_h)
    assert_close(10**ours.direct, norm(around))
    later = theirs["h"][:-1] - np.concatenate((np.zeros_like(p.d_h[:1]), p.d_h[:-1]))  # without the loss at t−1
    assert_close(10**ours.through, norm(later - (around if state == "h" and gate else 0)))


@pytest.mark.parametrize("cell", CELLS)
def test_padding_hands_it_on(cell: str) -> None:
    p = problem(cell, T=6, B=3)
    trace = unroll(cell, p.params, p.x, p.state, np.array([6, 1, 4]))
    ours, grads = flow(trace, p.params, p.d_h), bptt(trace, p.params, p.d_h)
    for name, d in grads.states.items():
        assert_close(10 ** ours.states[name], norm(d), 1e-12)
    assert_close(10**ours.direct, norm(*grads.direct.values()), 1e-12)
    assert_close(10**ours.through, norm(grads.flows["h"] - grads.direct["h"]), 1e-12)


# ---- Where floats end


def linear(w: float, losses: dict[int, float], T: int = 500) -> Flow:
    """A linear unit without input, and so large a ∂L/∂h_t at some steps."""
    params = {name: np.zeros(shape) for name, shape in shapes("rnn-linear", 1, 1).items()}
    params["weight_hh"][:] = w
    d_h = np.zeros((T, 1, 1))
    for t, d in losses.items():
        d_h[t - 1] = d
    return flow(unroll("rnn-linear", params, np.zeros((T, 1, 1))), params, d_h)


@pytest.mark.parametrize("w", [1e-300, 1e-4, 0.9, 1.5, 1e4, 1e300])
def test_a_gradient_runs_on_past_the_floats(w: float) -> None:
    """Of a linear unit it is w^lag, from 1e-150000 to 1e150000; all of it passes the matrix."""
    found = linear(w, {500: 1})
    np.testing.assert_allclose(found.states["s"][1:, 0], np.log10(w) * np.arange(499, -1, -1), rtol=1e-12)
    np.testing.assert_allclose(found.through, found.states["s"][:-1], rtol=1e-12)
    assert np.isneginf(found.direct).all()


@pytest.mark.parametrize("scale", [1e-300, 1, 1e300])
@pytest.mark.parametrize("w", [1e-4, 1e4])
def test_an_early_loss_meets_what_comes_from_late(w: float, scale: float) -> None:
    """At t = 100, after 400 steps: the larger of both decides, and neither is lost before."""
    found = linear(w, {500: 1, 100: scale}).states["s"][:, 0]
    alone = [linear(w, {t: d}).states["s"][:, 0] for t, d in ((500, 1), (100, scale))]
    np.testing.assert_allclose(found[101:], alone[0][101:], rtol=1e-12)
    np.testing.assert_allclose(found[1:101], np.maximum(*alone)[1:101], rtol=1e-12)


def test_what_has_exploded_and_died_leaves_room() -> None:
    """A ReLU unit is shut at t = 100 alone: 1e800 comes there from T and ends, and the loss at 50 begins anew."""
    params = {name: np.zeros(shape) for name, shape in shapes("rnn-relu", 1, 1).items()}
    params["weight_hh"][:], params["weight_ih"][:] = 1e4, 1
    x, d_h = np.ones((300, 1, 1)), np.zeros((300, 1, 1))
    x[:99], x[99], d_h[[49, 299]] = 1e-300, -1e300, 1
    found = flow(unroll("rnn-relu", params, x), params, d_h).states["s"][:, 0]
    np.testing.assert_allclose(found[[299, 101, 100, 99, 50, 49]], [4, 796, 800, -np.inf, 0, 4])


def test_losses_that_cancel_leave_nothing() -> None:
    """+1 and −1 after one step of factor 1: −inf from there on, and a later loss begins anew."""
    found = linear(1, {5: 1, 4: -1, 2: 1e-200}, T=5).states["s"][:, 0]
    np.testing.assert_allclose(found, [-200, -200, -200, -np.inf, -np.inf, 0])


@pytest.mark.parametrize("cell", CELLS)
def test_it_is_the_jacobian_in_one_direction(cell: str) -> None:
    """From the end it is vᵀ·∂h_T/∂s_t, to the last digit also below 1e-400."""
    params = init_params(cell, 2, 8, 0, init="orthogonal", gain=0.2)
    trace = unroll(cell, params, np.random.default_rng(0).standard_normal((2000, 1, 2)))
    d_h, found = from_the_end(trace), jacobians(trace, params)
    ours = flow(trace, params, d_h).states
    assert ours["s"][0, 0] < -400
    for name in found.states:
        rows = np.einsum("h,thk->tk", d_h[-1, 0], found.part(name))
        np.testing.assert_allclose(ours[name][:, 0], np.log10(norm(rows)) + found.log_scale / np.log(10), atol=1e-9)


def test_an_explosion_is_told() -> None:
    """A loss that is no number, or infinite, makes what it reaches so, and no warning."""
    for value in (np.nan, np.inf):
        found = linear(0.5, {3: value}, T=5).states["s"][:, 0]
        np.testing.assert_array_equal(found, [value] * 4 + [-np.inf] * 2)


# ---- Where the loss is, and how sequences are drawn together


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 4), st.integers(0, 9))
def test_a_loss_at_the_end_is_a_direction(T: int, B: int, H: int, seed: int) -> None:
    """Of length 1, the same for the same seed, in the trace's precision."""
    trace = unroll("gru", init_params("gru", 1, H, dtype=np.float32), np.zeros((T, B, 1)))
    d_h = from_the_end(trace, seed)
    assert d_h.dtype == np.float32
    assert not d_h[:-1].any()
    np.testing.assert_allclose(norm(d_h[-1]), 1, rtol=1e-6)
    np.testing.assert_array_equal(d_h, from_the_end(trace, seed))
    assert (d_h != from_the_end(trace, seed + 1)).any() or H == 1


def test_median() -> None:
    """Also where the norms themselves are no floats."""
    logs = np.array([[0, 0, np.log10(4)], [-1000, -2000, -3000], [-np.inf, -np.inf, 1000], [-np.inf] * 3])
    np.testing.assert_allclose(median(logs), [0, -2000, -np.inf, -np.inf])
    np.testing.assert_allclose(median(np.array([1.0, 2, 3, 4])), 2)
    assert np.isnan(median(np.array([1, np.nan])))


def test_a_loss_of_another_shape_is_refused() -> None:
    p = problem("rnn")
    with pytest.raises(Invalid) as caught:
        flow(unroll("rnn", p.params, p.x), p.params, p.d_h[1:])
    assert (caught.value.code, caught.value.field) == ("shape", "d_h")


def test_it_is_read_only() -> None:
    p = problem("lstm")
    found = flow(unroll("lstm", p.params, p.x), p.params, p.d_h)
    for array in (*found.states.values(), found.through, found.direct):
        assert not array.flags.writeable


def test_what_exploded_has_not_vanished() -> None:
    """A ReLU network whose states are no numbers has no gradient that is a number, and none that is 0."""
    params = {name: np.full(shape, 1e200) for name, shape in shapes("rnn-relu", 1, 2).items()}
    params["weight_hh"][:, 1] *= -1  # ∞ − ∞
    with np.errstate(over="ignore", invalid="ignore"):
        trace = unroll("rnn-relu", params, np.ones((6, 1, 1)))
        assert np.isnan(trace.states["h"][-1]).all()
        found = flow(trace, params, np.ones((6, 1, 2))).states["h"]
    assert np.isnan(found[:-1]).all()
