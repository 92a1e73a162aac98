"""∂h_T/∂s_t: what autograd says, what can be said in closed form, and on past where floats end."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rnn_core import Invalid, bptt, init_params, unroll
from rnn_core.analysis import steps
from rnn_core.analysis.jacobians import FAR, Jacobians, jacobians
from rnn_core.analysis.variants import SWITCHES, lstm_variant
from rnn_core.cells import CELLS
from rnn_core.clamp import Clamp
from rnn_core.params import Params, shapes
from rnn_core.unroll import Trace
from tests.core import oracle
from tests.core.draw import Problem, problem, problems
from tests.core.oracle import assert_close

T, H = 100, 64
LAG = T - 1


def plain(found: Jacobians, part: str = "s") -> np.ndarray:
    """Without the scale."""
    return found.part(part) * np.exp(found.log_scale)[:, None, None]


def check(trace: Trace, params: Params, sequence: int = 0) -> None:
    """Each row is what `bptt`, which has its own tests, carries back from that unit of h_T."""
    found, (_, B, H) = jacobians(trace, params, sequence), trace.states["h"].shape
    for unit in range(H):
        d_h = np.zeros((len(trace), B, H))
        d_h[-1, sequence, unit] = 1
        for name, d in bptt(trace, params, d_h).states.items():
            last = len(trace) if trace.lengths is None else trace.lengths[sequence]
            assert_close(plain(found, name)[:, unit], d[: last + 1, sequence], 1e-12)


# ---- The same as others say


@given(problems(), st.data())
def test_it_is_autograd_row_by_row(p: Problem, data: st.DataObject) -> None:
    """Every cell, of any size, from any initial state, along any sequence of the batch."""
    b = data.draw(st.integers(0, p.d_h.shape[1] - 1))
    ours = jacobians(unroll(p.cell, p.params, p.x, p.state), p.params, b)
    states = oracle.loop(p.cell, oracle.tensors(p.params), torch.tensor(p.x), oracle.tensors(p.state))
    for name in ours.states:
        inputs = [state[name] for state in states]
        rows = [torch.autograd.grad(h, inputs, retain_graph=True) for h in states[-1]["h"][b]]
        assert_close(plain(ours, name), np.array([[d[b].numpy() for d in row] for row in rows]).swapaxes(0, 1))


@pytest.mark.parametrize("cell", CELLS)
def test_finite_differences(cell: str) -> None:
    """Nudge the state anywhere on the way, and h_T moves as its column says; no autograd is asked."""
    p = problem(cell, T=6, B=1)
    whole = unroll(cell, p.params, p.x, p.state)
    for t in range(len(p.x)):
        state = {name: s[t].copy() for name, s in whole.states.items()}  # from here on given, so h and c apart
        found = jacobians(unroll(cell, p.params, p.x[t:], state), p.params)
        for name, value in state.items():
            for unit in range(value.shape[1]):
                kept, ends = value[0, unit], []
                for nudge in (1e-6, -1e-6):
                    value[0, unit] = kept + nudge
                    ends.append(unroll(cell, p.params, p.x[t:], state).states["h"][-1, 0])
                value[0, unit] = kept
                assert_close(plain(found, name)[0, :, unit], (ends[0] - ends[1]) / 2e-6, 1e-8)


@pytest.mark.parametrize("switches", [(switch,) for switch in SWITCHES] + [tuple(SWITCHES)], ids=" ".join)
def test_other_equations_and_held_gates(switches: tuple[str, ...]) -> None:
    """What a trace was made by is what is gone back through."""
    p = problem("lstm", T=9)
    variant, clamps = lstm_variant(switches, 9)
    clamps = (*clamps, Clamp("f", 0.5, 3, 5), Clamp("g", -0.5, 4, 7, 1))
    check(unroll("lstm", p.params, p.x, p.state, clamp=clamps, variant=variant), p.params, 1)


@pytest.mark.parametrize("gate", CELLS["gru"].gates)
@pytest.mark.parametrize("cell", ["gru", "gru-reset-before"])
def test_held_gates_of_a_gru(cell: str, gate: str) -> None:
    p = problem(cell, T=9)
    check(unroll(cell, p.params, p.x, p.state, clamp=[Clamp(gate, 0.25, 2, 6)]), p.params)


@pytest.mark.parametrize("sequence", range(3))
@pytest.mark.parametrize("cell", CELLS)
def test_padding_is_no_step(cell: str, sequence: int) -> None:
    """T is where the sequence itself ends."""
    p = problem(cell, T=7, B=3)
    lengths = np.array([7, 1, 4])
    clamps = [Clamp(gate, 0.5, 2, 6) for gate in CELLS[cell].gates[:1]]
    trace = unroll(cell, p.params, p.x, p.state, lengths, clamps)
    assert len(jacobians(trace, p.params, sequence).whole) == lengths[sequence] + 1
    check(trace, p.params, sequence)


@pytest.mark.parametrize("cell", CELLS)
def test_many_steps_are_taken_a_few_at_a_time(cell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many matrices the cache holds."""
    p = problem(cell, T=7)
    trace = unroll(cell, p.params, p.x, p.state)
    whole = jacobians(trace, p.params).whole
    for numbers in (0, 3 * p.params["weight_hh"].size):
        monkeypatch.setattr(steps, "CACHE", numbers)
        assert_close(jacobians(trace, p.params).whole, whole, 1e-15)


# ---- In closed form


@pytest.mark.parametrize(("rho", "at_lag_99"), [(0.9, 2.95e-5), (1.0, 1.0), (1.1, 1.25e4)])
def test_a_linear_orthogonal_recurrence_is_a_rotation_times_rho(rho: float, at_lag_99: float) -> None:
    """Every singular value is ρ^lag, exactly (Pascanu, Mikolov, Bengio 2013)."""
    params = init_params("rnn-linear", 2, H, 0, init="orthogonal", gain=rho)
    found = jacobians(unroll("rnn-linear", params, np.zeros((T, 1, 2))), params)
    squares = found.whole @ found.whole.swapaxes(1, 2) * np.exp(2 * found.log_scale)[:, None, None]
    lags = np.arange(T, -1, -1)
    assert_close(squares / rho ** (2 * lags[:, None, None]), np.broadcast_to(np.eye(H), squares.shape), 1e-11)
    assert np.sqrt(squares[T - LAG, 0, 0]) == pytest.approx(at_lag_99, rel=3e-3)


def test_the_memorys_own_path() -> None:
    """An LSTM without weights, b_f = 5: ∂h_T/∂h_t is exactly 0, ∂h_T/∂c_t what σ(5) leaves a step."""
    params = {name: np.zeros(shape) for name, shape in shapes("lstm", 2, H).items()}
    params["bias_ih"][H : 2 * H] = 5
    found = jacobians(unroll("lstm", params, np.zeros((T, 1, 2))), params)
    assert not found.part("h")[:-1].any()
    kept = plain(found, "c")[1] / np.diag(plain(found, "c")[T])
    assert_close(kept, np.eye(H) * (1 / (1 + np.exp(-5))) ** LAG, 1e-12)
    assert kept[0, 0] == pytest.approx(0.51, abs=0.005)


@pytest.mark.parametrize("cell", CELLS)
def test_at_the_end_it_is_the_identity(cell: str) -> None:
    """And has scale 1. Of c_T only its way into h_T is left: o ⊙ (1 − tanh² c)."""
    p = problem(cell, B=1)
    trace = unroll(cell, p.params, p.x, p.state)
    found = jacobians(trace, p.params)
    assert_close(found.part("h")[-1], np.eye(4), 0)
    assert found.log_scale[-1] == 0
    if cell == "lstm":
        assert_close(found.part("c")[-1], np.diag((trace.gates["o"] * (1 - trace.named["tanh(c)"] ** 2))[-1, 0]), 1e-15)


# ---- Where floats end


def scalar(cell: str, w: float, T: int, dtype: Any = np.float64) -> tuple[Trace, Params]:
    """One unit that reads N(0, 1), without bias."""
    params = {name: np.zeros(shape, dtype) for name, shape in shapes(cell, 1, 1).items()}
    params["weight_hh"][:], params["weight_ih"][:] = w, 1 if cell == "rnn" else 0
    return unroll(cell, params, np.random.default_rng(0).standard_normal((T, 1, 1))), params


def log_of_scalar(found: Jacobians) -> np.ndarray:
    return np.log(np.abs(found.whole[:, 0, 0])) + found.log_scale


@pytest.mark.parametrize(
    ("w", "dtype"),
    [(w, dtype) for dtype in (np.float32, np.float64) for w in (1e-30, 1e-4, 0.9, 1.5, 1e4, 1e30)]
    + [(1e-300, np.float64), (1e300, np.float64)],
)
def test_a_product_runs_on_past_the_floats(w: float, dtype: Any) -> None:
    """Of a linear unit it is w^lag, from 1e-30000 to 1e30000; also where a single step nearly leaves the floats."""
    trace, params = scalar("rnn-linear", w, T, dtype)
    found = jacobians(trace, params)
    log = np.log(params["weight_hh"].item()) * np.arange(T, -1, -1)
    np.testing.assert_allclose(log_of_scalar(found), log, rtol=1e-13, atol=T * np.finfo(dtype).eps)


@pytest.mark.parametrize("w", [1e-6, -3])
def test_its_logarithm_is_the_sum_over_its_steps(w: float) -> None:
    """With tanh: Σ ln |w(1 − h²)|, below 1e-400."""
    trace, params = scalar("rnn", w, 500)
    found = jacobians(trace, params)
    slopes = np.log(np.abs(w * (1 - trace.states["h"][1:, 0, 0] ** 2)))
    np.testing.assert_allclose(log_of_scalar(found), np.append(slopes[::-1].cumsum()[::-1], 0), rtol=1e-12)
    assert log_of_scalar(found)[0] < np.log(10) * -400


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("cell", CELLS)
def test_a_long_product_keeps_its_digits(cell: str, dtype: Any) -> None:
    """Half of it times half of it is the whole, far below 1e-400; and its scale is a power of two."""
    params = init_params(cell, 3, 16, 1, dtype, init="orthogonal", gain=0.3)
    x = np.random.default_rng(1).standard_normal((2000, 1, 3))
    state = {name: np.zeros((1, 16), dtype) for name in CELLS[cell].states}
    whole = jacobians(unroll(cell, params, x, state), params)
    assert whole.log_scale[0] < np.log(10) * -400
    squares = np.sum(whole.whole.astype(np.float64) ** 2, axis=(1, 2))
    assert (squares > FAR[0]).all()
    assert (squares < FAR[1]).all()
    powers = whole.log_scale / np.log(2)
    np.testing.assert_allclose(powers, powers.round(), rtol=1e-12)
    if CELLS[cell].states == ("h",):
        middle = {name: s[1000] for name, s in unroll(cell, params, x, state).states.items()}
        late = jacobians(unroll(cell, params, x[1000:], middle), params)
        early = jacobians(unroll(cell, params, x[:1000], state), params)
        product = late.whole[0].astype(np.float64) @ early.whole[0]
        ours = whole.whole[0] * np.exp(whole.log_scale[0] - late.log_scale[0] - early.log_scale[0])
        assert_close(ours / np.abs(product).max(), product / np.abs(product).max(), 1e4 * np.finfo(dtype).eps)


@pytest.mark.parametrize("cell", CELLS)
def test_single_precision_is_double_rounded(cell: str) -> None:
    """A seed gives one network in both: float32's digits are float64's first six."""
    x = np.random.default_rng(0).standard_normal((T, 1, 3))
    both = []
    for dtype in (np.float32, np.float64):
        params = init_params(cell, 3, 8, 0, dtype)
        found = jacobians(unroll(cell, params, x), params)
        assert found.whole.dtype == dtype
        both.append(found)
    scale = np.exp(both[0].log_scale - both[1].log_scale)[:, None, None]
    for single, double in zip(both[0].whole * scale, both[1].whole, strict=True):
        assert_close(single / np.abs(double).max(), double / np.abs(double).max(), 1e-3)


@pytest.mark.parametrize("cell", ["rnn", "rnn-relu", "rnn-sigmoid", "rnn-linear"])
def test_what_dies_is_exactly_zero(cell: str) -> None:
    """Without a recurrent matrix nothing goes back; −inf tells it from what is merely small."""
    params = init_params(cell, 2, 3, gain=0)
    found = jacobians(unroll(cell, params, np.ones((5, 1, 2))), params)
    assert not found.whole[:-1].any()
    assert (found.log_scale[:-1] == -np.inf).all()


@pytest.mark.parametrize("cell", CELLS)
def test_what_is_no_number_says_so(cell: str) -> None:
    """From the step on where a weight is lost: NaN, in numbers and scale alike; at T there is still the identity."""
    params = init_params(cell, 2, 3)
    trace = unroll(cell, params, np.ones((5, 1, 2)))
    params["weight_hh"][0, 0] = np.nan
    found = jacobians(trace, params)
    assert np.isnan(found.whole[:-1]).all()
    assert np.isnan(found.log_scale[:-1]).all()
    assert found.log_scale[-1] == 0


# ---- What is refused


def test_a_sequence_that_is_not_there_is_refused() -> None:
    p = problem("gru", B=2)
    trace = unroll("gru", p.params, p.x)
    for sequence in (-1, 2):
        with pytest.raises(Invalid) as caught:
            jacobians(trace, p.params, sequence)
        assert (caught.value.code, caught.value.field, caught.value.bound) == ("range", "sequence", (0, 1))


def test_other_parameters_and_parts_are_refused() -> None:
    p = problem("gru")
    trace = unroll("gru", p.params, p.x)
    with pytest.raises(Invalid, match="weight_ih"):
        jacobians(trace, problem("lstm").params)
    with pytest.raises(Invalid, match="part"):
        jacobians(trace, p.params).part("c")


def test_they_are_read_only() -> None:
    p = problem("lstm")
    found = jacobians(unroll("lstm", p.params, p.x), p.params)
    for array in (found.whole, found.log_scale, *(found.part(name) for name in ("s", "h", "c"))):
        assert not array.flags.writeable
