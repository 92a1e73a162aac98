"""What a slider sets, set exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core import Invalid, init_params
from rnn_core.analysis.bounds import STEEPEST, spectral_radius
from rnn_core.analysis.networks import network, normal_input
from rnn_core.cells import CELLS
from rnn_core.params import INITS
from tests.core.oracle import assert_close


@pytest.mark.parametrize("init", INITS)
@pytest.mark.parametrize("cell", CELLS)
def test_with_nothing_more_set_it_is_init_params(cell: str, init: str) -> None:
    assert_close(network(cell, 2, 5, 3, init=init, gain=1.5), init_params(cell, 2, 5, 3, init=init, gain=1.5), 0)


@given(st.sampled_from(list(STEEPEST)), st.sampled_from(INITS), st.integers(1, 20), st.floats(0, 3), st.integers(0, 99))
def test_the_radius_is_as_asked(cell: str, init: str, H: int, radius: float, seed: int) -> None:
    """Whatever the gain; the rest of the network is as drawn."""
    ours, drawn = network(cell, 2, H, seed, init=init, gain=0, radius=radius), network(cell, 2, H, seed, init=init)
    assert spectral_radius(ours["weight_hh"]) == pytest.approx(radius, rel=1e-6, abs=1e-300)
    assert_close({**ours, "weight_hh": 0}, {**drawn, "weight_hh": 0}, 0)


@pytest.mark.parametrize(("cell", "block"), [("lstm", 1), ("gru", 1), ("gru-reset-before", 1)])
def test_the_bias_of_the_gate_that_keeps(cell: str, block: int) -> None:
    """f of an LSTM, z of a GRU, both the second block of rows; in bias_ih alone."""
    ours, drawn = network(cell, 2, 3, keep_bias=4), network(cell, 2, 3)
    rows = slice(3 * block, 3 * block + 3)
    assert (ours["bias_ih"][rows] == 4).all()
    assert not ours["bias_hh"][rows].any()
    for name in ("bias_ih", "bias_hh"):
        drawn[name][rows] = ours[name][rows]
    assert_close(ours, drawn, 0)


def test_a_seed_is_one_network_and_one_input() -> None:
    """In both precisions; another seed is another."""
    for make in (
        lambda seed, dtype: network("rnn", 2, 3, seed, dtype)["weight_hh"],
        lambda *given: normal_input(4, 2, 3, *given),
    ):
        single, double, other = make(0, np.float32), make(0, np.float64), make(1, np.float64)
        assert (single.dtype, double.dtype) == (np.float32, np.float64)
        np.testing.assert_array_equal(single, double.astype(np.float32))
        assert (double != other).all()


def test_the_input_is_normal() -> None:
    x = normal_input(100, 20, 5)
    assert x.shape == (100, 20, 5)
    assert abs(x.mean()) < 0.05
    assert abs(x.std() - 1) < 0.05


@pytest.mark.parametrize(
    ("cell", "settings", "code", "field"),
    [
        ("lstm", {"radius": 1.0}, "choice", "cell"),
        ("rnn", {"radius": -1.0}, "range", "radius"),
        ("rnn", {"radius": np.nan}, "range", "radius"),
        ("rnn", {"keep_bias": 1.0}, "no-gate", "keep_bias"),
        ("rnn", {"init": "zeros"}, "choice", "init"),
    ],
)
def test_what_cannot_be_set_is_refused(cell: str, settings: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        network(cell, 2, 3, **settings)
    assert (caught.value.code, caught.value.field) == (code, field)
