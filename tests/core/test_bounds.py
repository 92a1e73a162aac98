"""Spectral radius, largest singular value, and the slopes that they promise or do not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core import Invalid, bptt, init_params, unroll
from rnn_core.analysis import bounds
from rnn_core.analysis.bounds import MISLEADING, MISLEADING_SLOPES, STEEPEST
from rnn_core.analysis.jacobians import jacobians
from rnn_core.analysis.spectra import spectral_norms
from rnn_core.cells import CELLS
from tests.core.draw import Problem, problems


def test_there_is_a_bound_for_every_cell_without_gates() -> None:
    assert set(STEEPEST) == {cell for cell, rule in CELLS.items() if not rule.gates}


@pytest.mark.parametrize("cell", STEEPEST)
def test_no_slope_is_steeper(cell: str) -> None:
    """max|φ′|, reached and never passed: by finite differences along the whole activation."""
    params = {
        "weight_ih": np.ones((1, 1)),
        "weight_hh": np.zeros((1, 1)),
        "bias_ih": np.zeros(1),
        "bias_hh": np.zeros(1),
    }
    x = np.linspace(-6, 6, 24001)
    h = unroll(cell, params, x[None, :, None]).states["h"][1, :, 0]
    assert np.max(np.diff(h) / np.diff(x)) == pytest.approx(STEEPEST[cell], rel=1e-6)


@given(problems(list(STEEPEST)))
def test_no_step_back_grows_by_more(p: Problem) -> None:
    """Any gradient: from t to t−1 at most by σ_max·max|φ′|."""
    d_h = np.zeros_like(p.d_h)
    d_h[-1] = p.d_h[-1]
    norms = np.linalg.norm(bptt(unroll(p.cell, p.params, p.x, p.state), p.params, d_h).states["h"], axis=-1)
    assert (norms[:-1] <= bounds.largest_factor(p.cell, p.params) * norms[1:] * (1 + 1e-12)).all()


@given(st.integers(1, 6), st.integers(0, 99))
def test_radius_and_singular_value(H: int, seed: int) -> None:
    """ρ is at most σ_max; for a symmetric matrix they are one; and ρ is what powers grow by in the long run."""
    a = np.random.default_rng(seed).standard_normal((H, H))
    assert bounds.spectral_radius(a) <= bounds.largest_singular_value(a) * (1 + 1e-12)
    assert bounds.spectral_radius(a + a.T) == pytest.approx(bounds.largest_singular_value(a + a.T))
    power = np.linalg.norm(np.linalg.matrix_power(a / bounds.spectral_radius(a), 400), 2) ** (1 / 400)
    assert power == pytest.approx(1, abs=0.05)


def test_a_matrix_that_holds_no_numbers() -> None:
    for value in (np.nan, np.inf):
        a = np.full((2, 2), value)
        assert np.isnan([bounds.spectral_radius(a), bounds.largest_singular_value(a)]).all()


def test_a_gated_cell_has_no_such_bound() -> None:
    with pytest.raises(Invalid) as caught:
        bounds.largest_factor("gru", {})
    assert (caught.value.code, caught.value.field) == ("choice", "cell")


def test_where_the_radius_misleads() -> None:
    """W has ρ = 0, its square is 0; diag(1, 0.2)·W has ρ = 3.2, and a network that rests there explodes by as much."""
    assert not (MISLEADING @ MISLEADING).any()
    assert bounds.spectral_radius(np.diag(MISLEADING_SLOPES) @ MISLEADING) == pytest.approx(3.2)
    params, x, state = bounds.misleading(20)
    trace = unroll("rnn", params, x, state)
    np.testing.assert_allclose(1 - trace.states["h"][:, 0] ** 2, np.tile(MISLEADING_SLOPES, (21, 1)), rtol=1e-5)
    logs = spectral_norms(jacobians(trace, params))
    np.testing.assert_allclose(10 ** -np.diff(logs[:-1]), 3.2, rtol=1e-5)


@pytest.mark.parametrize("factor", [1e-30, 0.9, 3.2])
def test_the_factor_of_a_straight_line(factor: float) -> None:
    logs = np.log10(factor) * np.arange(500, -1, -1)
    assert bounds.fitted_factor(logs) == pytest.approx(factor)


def test_what_is_no_norm_is_left_out_of_a_fit() -> None:
    """The line goes through what is left."""
    logs = np.array([-np.inf, np.nan, -3.0, -2.0, -1.0, 0.0])
    assert bounds.fitted_factor(logs) == pytest.approx(0.1)
    assert np.isnan(bounds.fitted_factor(logs[:3]))


def test_the_factors_of_a_layer() -> None:
    """ρ and the bound are the matrix's, the measured one a fit; 0 is not blurred by rounding; a gate has neither."""
    params, x, state = bounds.misleading(12)
    trace = unroll("rnn", params, x, state)
    found = bounds.factors(params, trace)
    assert found.radius == 0
    assert found.bound == pytest.approx(8)
    assert found.measured == pytest.approx(3.2, rel=0.1)
    linear = {name: np.zeros_like(value) for name, value in params.items()} | {"weight_hh": np.diag([0.9, 0.5])}
    found = bounds.factors(linear, unroll("rnn-linear", linear, x))
    assert found == pytest.approx((0.9, 0.9, 0.9))
    gated = init_params("gru", 1, 2)
    assert bounds.factors(gated, unroll("gru", gated, x))[:2] == (None, None)
