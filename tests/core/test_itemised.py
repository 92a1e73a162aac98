"""The loss at every step by itself: together they are the gradient, each is what its own backward pass gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core import Invalid, unroll
from rnn_core.analysis.itemised import itemised
from rnn_core.cells import CELLS
from rnn_core.params import shapes
from tests.core import oracle
from tests.core.draw import Problem, problem, problems
from tests.core.oracle import assert_close


@given(problems(), st.data())
def test_each_row_is_a_backward_pass_of_its_own(p: Problem, data: st.DataObject) -> None:
    """By autograd, from the loss at t alone; above the diagonal nothing."""
    b = data.draw(st.integers(0, p.d_h.shape[1] - 1))
    trace = unroll(p.cell, p.params, p.x, p.state)
    logs = itemised(trace, p.params, p.d_h, b)
    for t in range(1, len(p.x) + 1):
        theirs = oracle.solve(replace(p, d_h=np.where((np.arange(len(p.x)) == t - 1)[:, None, None], p.d_h, 0)))
        for name, d in theirs.d_states.items():
            assert_close(10 ** logs[name][t - 1, : t + 1], np.linalg.norm(d[: t + 1, b], axis=-1))
            assert np.isnan(logs[name][t - 1, t + 1 :]).all()


@pytest.mark.parametrize("sequence", range(3))
@pytest.mark.parametrize("cell", CELLS)
def test_padding_is_no_step(cell: str, sequence: int) -> None:
    """The triangle is as large as the sequence is long, and as if it had been read alone."""
    p = problem(cell, T=6, B=3)
    lengths = np.array([6, 1, 4])
    own = lengths[sequence]
    d_h = np.where((np.arange(6)[:, None] < lengths)[..., None], p.d_h, 0)
    padded = itemised(unroll(cell, p.params, p.x, p.state, lengths), p.params, d_h, sequence)
    alone = itemised(unroll(cell, p.params, p.x[:own], p.state), p.params, d_h[:own], sequence)
    for name, part in padded.items():
        assert part.shape == (own, own + 1)
        np.testing.assert_allclose(part, alone[name], atol=1e-12)


@pytest.mark.parametrize("w", [1e-5, 1e5])
def test_each_keeps_its_digits(w: float) -> None:
    """Of a linear unit ∂L_t/∂h_k is w^(t−k): exact in every row, from 1e-1500 to 1e1500, whatever the others are."""
    T = 300
    params = {name: np.zeros(shape) for name, shape in shapes("rnn-linear", 1, 1).items()}
    params["weight_hh"][:] = w
    logs = itemised(unroll("rnn-linear", params, np.zeros((T, 1, 1))), params, np.ones((T, 1, 1)))["h"]
    lag = np.arange(1, T + 1)[:, None] - np.arange(T + 1)
    np.testing.assert_allclose(logs, np.where(lag < 0, np.nan, np.log10(w) * lag), rtol=1e-12, atol=1e-12)


def test_a_step_without_a_loss_has_an_empty_row() -> None:
    p = problem("lstm")
    p.d_h[2] = 0
    logs = itemised(unroll("lstm", p.params, p.x), p.params, p.d_h)
    for part in logs.values():
        assert np.isneginf(part[2, :4]).all()
        assert np.isfinite(part[3, :5]).all()


def test_the_whole_is_its_parts() -> None:
    """‖s‖² = ‖h‖² + ‖c‖²."""
    p = problem("lstm")
    s, h, c = (10**part for part in itemised(unroll("lstm", p.params, p.x, p.state), p.params, p.d_h).values())
    np.testing.assert_allclose(s**2, h**2 + c**2)


def test_what_does_not_fit_is_refused() -> None:
    p = problem("gru")
    trace = unroll("gru", p.params, p.x)
    with pytest.raises(Invalid, match="d_h"):
        itemised(trace, p.params, p.d_h[1:])
    with pytest.raises(Invalid, match="sequence"):
        itemised(trace, p.params, p.d_h, 2)


def test_it_is_read_only() -> None:
    p = problem("lstm")
    for array in itemised(unroll("lstm", p.params, p.x), p.params, p.d_h).values():
        assert not array.flags.writeable
