"""Singular values of Jacobians, all of them or fast the largest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given

from rnn_core import Invalid, init_params, unroll
from rnn_core.analysis.jacobians import Jacobians, jacobians
from rnn_core.analysis.networks import network, normal_input
from rnn_core.analysis.spectra import singular_values, spectral_norms
from rnn_core.cells import CELLS
from rnn_core.params import INITS
from tests.core.draw import Problem, problems


def of(cell: str, T: int = 40, H: int = 64, dtype: Any = np.float32, **more: Any) -> Jacobians:
    params = network(cell, 3, H, dtype=dtype, **more)
    return jacobians(unroll(cell, params, normal_input(T, 1, 3)), params)


@given(problems())
def test_they_are_numpys(p: Problem) -> None:
    """Of every part, all singular values as NumPy finds them in the plain product, and fast the largest."""
    found = jacobians(unroll(p.cell, p.params, p.x, p.state), p.params)
    scale = np.exp(found.log_scale)
    for part in ("s", *found.states):
        theirs = np.linalg.svd(found.part(part) * scale[:, None, None], compute_uv=False)
        np.testing.assert_allclose(10 ** singular_values(found, part), theirs, atol=1e-12 * theirs.max())
        np.testing.assert_allclose(10 ** spectral_norms(found, part), theirs[:, 0], rtol=1e-5, atol=1e-6 * theirs.max())


@pytest.mark.parametrize("gain", [0.5, 1, 2])
@pytest.mark.parametrize("init", INITS)
@pytest.mark.parametrize("cell", CELLS)
def test_the_fast_norm_is_at_most_one_percent_low(cell: str, init: str, gain: float) -> None:
    """Also where singular values lie close together or overtake one another: orthogonal, diagonal."""
    found = of(cell, init=init, gain=gain)
    for part in ("s", *found.states):
        ours, exact = spectral_norms(found, part), singular_values(found, part)[:, 0]
        same = np.isneginf(exact) & np.isneginf(ours) | np.isnan(exact) & np.isnan(ours)
        assert (ours[~same] >= exact[~same] + np.log10(0.99)).all()
        assert (ours[~same] <= exact[~same] + 1e-5).all()


@pytest.mark.parametrize("H", [1, 5, 20])
@pytest.mark.parametrize("cell", CELLS)
def test_of_a_small_network_four_digits_are_right(cell: str, H: int) -> None:
    found = of(cell, H=H, dtype=np.float64, init="orthogonal")
    np.testing.assert_allclose(spectral_norms(found), singular_values(found)[:, 0], rtol=0, atol=4e-5)


def test_a_part_may_be_far_smaller_than_the_whole() -> None:
    """∂h_T/∂h_t of an LSTM with next to no matrix: 1e-25 of ∂h_T/∂c_t, in float32, where squares end at 1e-38."""
    found = of("lstm", gain=1e-25, keep_bias=5)
    h, c = (spectral_norms(found, part) for part in "hc")
    assert (c[:-1] - h[:-1] > 24).all()
    np.testing.assert_allclose(h, singular_values(found, "h")[:, 0], atol=0.01)
    assert np.isfinite(h).all()


def test_they_run_on_past_the_floats() -> None:
    """A linear orthogonal network of gain 1e-10: all singular values 1e-10 to the power of the lag, in float32."""
    found = of("rnn-linear", H=20, init="orthogonal", gain=1e-10)
    lags = np.arange(40, -1, -1)
    np.testing.assert_allclose(singular_values(found), np.tile(-10.0 * lags, (20, 1)).T, atol=1e-3)
    np.testing.assert_allclose(spectral_norms(found), -10.0 * lags, atol=1e-3)


def test_zero_and_no_number() -> None:
    """What is exactly 0 is −inf, what is no number NaN; what is left at T is as always."""
    dead = of("rnn", T=4, H=3, gain=0)
    params = init_params("rnn", 3, 3)
    trace = unroll("rnn", params, normal_input(4, 1, 3))
    lost = jacobians(trace, {**params, "weight_hh": np.full((3, 3), np.nan)})
    for found, value in ((dead, -np.inf), (lost, np.nan)):
        for logs in (spectral_norms(found), *singular_values(found).T):
            np.testing.assert_allclose(logs, [value] * 4 + [0], atol=1e-15)


def test_a_matrix_without_full_rank() -> None:
    """W of rank 1: all singular values but one are 0, or what rounding makes of 0."""
    params = init_params("rnn-linear", 1, 4)
    params["weight_hh"] = np.outer([1.0, 2, 3, 4], [1.0, 0, 0, 0])
    values = singular_values(jacobians(unroll("rnn-linear", params, np.zeros((2, 1, 1))), params))
    np.testing.assert_allclose(values[0, 0], np.log10(np.sqrt(30)))
    assert (values[0, 1:] < -14).all()


def test_an_unknown_part_is_refused() -> None:
    found = of("rnn", T=2, H=2)
    for ask in (singular_values, spectral_norms):
        with pytest.raises(Invalid, match="part"):
            ask(found, "c")
