"""Backpropagation through time: right by finite differences, by parts, and cut short."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core import Invalid, bptt, unroll
from rnn_core.bptt import shares, signed_shares
from rnn_core.cells import CELLS
from tests.core import oracle
from tests.core.draw import Problem, problem, problems
from tests.core.oracle import assert_close


@pytest.mark.parametrize("cell", CELLS)
def test_finite_differences(cell: str) -> None:
    """Nudge any weight, input or initial state, and L moves as its gradient says; no autograd is asked."""
    p = problem(cell, T=4, B=2, I=2, H=3)
    _, grads = p.solve()

    def nudged(array: np.ndarray) -> np.ndarray:
        slope = np.empty_like(array)
        for at in np.ndindex(array.shape):
            kept, losses = array[at], []
            for step in (1e-6, -1e-6):
                array[at] = kept + step
                losses.append(np.sum(p.d_h * unroll(cell, p.params, p.x, p.state).states["h"][1:]))
            array[at] = kept
            slope[at] = (losses[0] - losses[1]) / 2e-6
        return slope

    assert_close({name: nudged(array) for name, array in p.params.items()}, grads.params, 1e-8)
    assert_close({name: nudged(s) for name, s in p.state.items()}, {k: s[0] for k, s in grads.states.items()}, 1e-8)
    assert_close(nudged(p.x), grads.x, 1e-8)


@given(problems())
def test_shares_sum_to_the_gradient(p: Problem) -> None:
    """What each time step adds to a gradient adds up to it."""
    trace, grads = p.solve()
    assert_close({name: share.sum(axis=0) for name, share in shares(trace, grads).items()}, grads.params, 1e-12)


@given(problems())
def test_a_share_is_its_own_steps_use(p: Problem) -> None:
    """Step t's share is the gradient of the copy of the weights that step t alone uses."""
    trace, grads = p.solve()
    t = len(p.x)
    last = Problem(p.cell, p.params, p.x[t - 1 :], {k: s[t - 1] for k, s in trace.states.items()}, p.d_h[t - 1 :])
    assert_close({name: share[-1] for name, share in shares(trace, grads).items()}, oracle.solve(last).d_params)


@given(problems())
def test_signed_shares_sum_to_one(p: Problem) -> None:
    """Signed parts of a whole add up to the whole, or are all 0 where there is none."""
    trace, grads = p.solve()
    for name, parts in signed_shares(trace, grads).items():
        whole = grads.params[name]
        square = np.sum(whole * whole)
        by_hand = [np.sum(share * whole) / square if square else 0 for share in shares(trace, grads)[name]]
        np.testing.assert_allclose(parts, by_hand, atol=1e-9)
        np.testing.assert_allclose(parts.sum(), 1 if square else 0, atol=1e-9)


@pytest.mark.parametrize("cell", CELLS)
def test_signed_shares_of_nothing_are_nothing(cell: str) -> None:
    """A loss that asks for nothing divides by nothing."""
    p = problem(cell)
    trace = unroll(cell, p.params, p.x)
    for parts in signed_shares(trace, bptt(trace, p.params, 0 * p.d_h)).values():
        assert parts.shape == (len(p.x),)
        assert not parts.any()


@pytest.mark.parametrize("size", [1e-200, 1e-100, 1e100, 1e200])
def test_signed_shares_survive_vanished_and_exploded_gradients(size: float) -> None:
    """Gradients whose squares leave the floats, where a lesson most wants the shares, still share out to 1."""
    T, rate = 40, size ** (1 / 39)
    one, none = np.ones((1, 1)), np.zeros(1)
    params = {"weight_ih": one, "weight_hh": rate * one, "bias_ih": none, "bias_hh": none}
    x, d_h = np.zeros((2, T, 1, 1))
    x[0] = d_h[-1] = 1  # from the first input to the last loss the factor is rate^39
    trace = unroll("rnn-linear", params, x)
    grads = bptt(trace, params, d_h)
    np.testing.assert_allclose(grads.params["weight_ih"], size, rtol=1e-12)
    for parts in signed_shares(trace, grads).values():
        np.testing.assert_allclose(parts.sum(), 1, atol=1e-12)


@given(problems(), st.integers(1, 8))
def test_truncation_is_every_loss_cut_off_by_itself(p: Problem, k: int) -> None:
    """The loss at t reaches the uses at t, …, t−k+1: torch with the state detached at t−k, for each t, added up."""
    theirs = oracle.solve_truncated(p, k)
    _, grads = p.solve(truncate=k)
    assert_close(grads.states, theirs.d_states)
    assert_close(grads.x, theirs.d_x)
    assert_close(grads.params, theirs.d_params)


@pytest.mark.parametrize("cell", CELLS)
def test_truncation_to_one_step_stays_at_home(cell: str) -> None:
    """k = 1: each loss reaches its own step only, so nothing flows from t to t−1."""
    p = problem(cell)
    _, grads = p.solve(truncate=1)
    assert_close(grads.states["h"][1:], p.d_h, 0)
    for flow in (*grads.flows.values(), *grads.direct.values()):
        assert not flow[1:].any()


@pytest.mark.parametrize("beyond", [0, 1, 100])
@pytest.mark.parametrize("cell", CELLS)
def test_truncation_beyond_the_sequence_cuts_nothing(cell: str, beyond: int) -> None:
    """k ≥ T is full backpropagation in every array."""
    p = problem(cell)
    full, cut = p.solve()[1], p.solve(truncate=len(p.x) + beyond)[1]
    for name, value in vars(full).items():
        assert_close(vars(cut)[name], value, 1e-12)


@pytest.mark.parametrize("k", [0, -1])
def test_truncation_below_one_is_refused(k: int) -> None:
    """A loss that reaches no step at all is a mistake, not a zero gradient."""
    with pytest.raises(Invalid) as caught:
        problem("rnn").solve(truncate=k)
    assert (caught.value.code, caught.value.field, caught.value.value) == ("range", "truncate", k)


@given(problems(), st.none() | st.integers(1, 8))
def test_a_flow_is_the_total_without_the_loss_there(p: Problem, k: int | None) -> None:
    """An arrow carries what comes from later; the square it points to adds its own loss. Cut short or not."""
    _, grads = p.solve(truncate=k)
    assert_close(grads.flows["h"][1:], grads.states["h"][1:-1] - p.d_h[:-1], 1e-12)
    for name, flow in grads.flows.items():
        assert_close(flow[0], grads.states[name][0], 0)


@given(problems())
def test_a_flow_is_the_matrix_path_and_the_bypass(p: Problem) -> None:
    """Into h flows what came through weight_hh plus what bypassed it."""
    trace, grads = p.solve()
    through = grads.recur @ p.params["weight_hh"]
    if p.cell == "gru-reset-before":  # of h only what r leaves meets W_hn
        H = p.d_h.shape[2]
        through -= (1 - trace.gates["r"]) * (grads.recur[..., 2 * H :] @ p.params["weight_hh"][2 * H :])
    assert_close(grads.flows["h"], through + grads.direct.get("h", 0), 1e-12)


def test_bypasses_are_the_lessons_formulas() -> None:
    """LSTM f⊙dc, GRU z⊙dh; the plain RNN has none."""
    trace, grads = problem("lstm").solve()
    assert_close(grads.direct["c"], trace.gates["f"] * grads.states["c"][1:], 1e-12)
    assert_close(grads.flows["c"], grads.direct["c"], 0)
    assert set(grads.direct) == {"h", "c"}
    assert not grads.direct["h"].any()
    trace, grads = problem("gru").solve()
    assert_close(grads.direct["h"], trace.gates["z"] * grads.states["h"][1:], 1e-12)
    assert not problem("rnn").solve()[1].direct["h"].any()


def test_a_loss_of_another_shape_is_refused() -> None:
    """d_h says something of every h_t, no more and no less."""
    p = problem("rnn")
    with pytest.raises(Invalid) as caught:
        bptt(unroll("rnn", p.params, p.x), p.params, p.d_h[1:])
    assert (caught.value.code, caught.value.field) == ("shape", "d_h")


@pytest.mark.parametrize("cell", CELLS)
def test_gradients_are_read_only(cell: str) -> None:
    """Views share Grads; none may write in it. The caller's own arrays stay the caller's."""
    p = problem(cell)
    for value in vars(p.solve()[1]).values():
        for array in value.values() if isinstance(value, dict) else [value]:
            assert not array.flags.writeable
    assert p.d_h.flags.writeable
