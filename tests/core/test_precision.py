"""Fewer bits: what is left of a gradient in each precision, and what denormal numbers cost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from rnn_core import Invalid, bptt, init_params, unroll
from rnn_core.analysis import denormals
from rnn_core.analysis.precision import PRECISIONS, Rounded, rounded
from rnn_core.cells import CELLS
from rnn_core.params import shapes
from rnn_core.training.processor import flushes
from tests.core.draw import Problem, problem, problems


@given(problems())
def test_the_wider_two_are_bptt(p: Problem) -> None:
    """In float64 and in float32: rounding to the format computed in changes nothing."""
    for precision, (_, dtype) in list(PRECISIONS.items())[:2]:
        params = {name: value.astype(dtype) for name, value in p.params.items()}
        theirs = bptt(unroll(p.cell, params, p.x), params, p.d_h.astype(dtype))
        ours = rounded(p.cell, p.params, p.x, p.d_h, precision)
        assert all(value.dtype == dtype for value in ours.states.values())
        for name, value in theirs.states.items():
            np.testing.assert_array_equal(ours.states[name], value)


@given(problems())
def test_half_precision_is_half(p: Problem) -> None:
    """Every number is one of float16's, and near what it should be where that is large enough."""
    ours, exact = (rounded(p.cell, p.params, p.x, p.d_h, precision) for precision in ("float16", "float64"))
    for name, value in ours.states.items():
        np.testing.assert_array_equal(value, value.astype(np.float16))
        np.testing.assert_allclose(value, exact.states[name], atol=0.02 * (1 + np.abs(exact.states[name]).max()))


def halving(precision: str, T: int, w: float = 0.5) -> Rounded:
    """A linear unit that only halves: ∂L/∂h_t is 2^−(T−t), a power of two, until the format ends."""
    params = {name: np.zeros(shape) for name, shape in shapes("rnn-linear", 1, 1).items()}
    params["weight_hh"][:] = w
    d_h = np.zeros((T, 1, 1))
    d_h[-1] = 1
    return rounded("rnn-linear", params, np.zeros((T, 1, 1)), d_h, precision)


def gone(found: Rounded) -> int | None:
    """The last t at which nothing is left, nor before it; None where something arrives at the initial state."""
    left = np.flatnonzero(found.zero < 1)
    first = int(left[0]) if len(left) else len(found.zero)
    return first - 1 if first else None


@pytest.mark.parametrize(
    ("precision", "normal", "least"), [("float16", 14, 24), ("float32", 126, 149), ("float64", 1022, 1074)]
)
def test_where_each_format_ends(precision: str, normal: int, least: int) -> None:
    """Normal down to 2^−14 (2^−126, 2^−1022), denormal down to 2^−24 (2^−149, 2^−1074), then exactly 0."""
    T = least + 5
    found = halving(precision, T)
    lags = np.arange(T, -1, -1)
    np.testing.assert_array_equal(found.denormal, (lags > normal) & (lags <= least))
    np.testing.assert_array_equal(found.zero, lags > least)
    np.testing.assert_allclose(found.norms["s"][:, 0], np.where(lags > least, -np.inf, -lags * np.log10(2)), atol=1e-12)
    assert gone(found) == 4
    assert gone(halving(precision, least)) is None


def test_half_precision_overflows_at_65504() -> None:
    """2^15 is there, 2^16 is infinite, without a warning; and what is infinite is not gone."""
    found = halving("float16", 20, w=2)
    np.testing.assert_allclose(
        found.norms["s"][4:, 0], np.where(np.arange(16, -1, -1) > 15, np.inf, np.arange(16, -1, -1) * np.log10(2))
    )
    assert np.isinf(found.states["h"][:5]).all()
    assert gone(found) is None


def test_a_loss_may_be_too_small_to_begin_with() -> None:
    """1e-8 is 0 in float16: all is gone, up to T itself."""
    p = problem("gru", T=3)
    found = rounded("gru", p.params, p.x, np.full_like(p.d_h, 1e-8), "float16")
    assert gone(found) == 3
    assert (found.zero == 1).all()


@pytest.mark.parametrize("cell", CELLS)
def test_the_fewer_bits_the_sooner_it_is_gone(cell: str) -> None:
    params = init_params(cell, 2, 8, init="orthogonal", gain=0.2)
    x, d_h = np.random.default_rng(0).standard_normal((400, 1, 2)), np.zeros((400, 1, 8))
    d_h[-1] = 1
    ends = [gone(rounded(cell, params, x, d_h, precision)) for precision in PRECISIONS]
    wide, single, half = (0 if t is None else t for t in ends)
    assert wide < single < half


def test_another_precision_or_shape_is_refused() -> None:
    p = problem("rnn")
    with pytest.raises(Invalid, match="precision"):
        rounded("rnn", p.params, p.x, p.d_h, "float8")
    with pytest.raises(Invalid, match="d_h"):
        rounded("rnn", p.params, p.x, p.d_h[1:], "float32")


def test_it_is_read_only() -> None:
    p = problem("lstm")
    found = rounded("lstm", p.params, p.x, p.d_h, "float16")
    for array in (*found.states.values(), *found.norms.values(), found.denormal, found.zero):
        assert not array.flags.writeable


# ---- Denormals, timed


@pytest.mark.skipif(not flushes(), reason="this system's flags are not known")
def test_what_is_timed_is_denormal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most of the tiny gradient, little of the healthy one; and none of it is 0 already."""
    seen = []

    def watched(*given):
        grads = bptt(*given)
        seen.append(np.abs(grads.states["c"]))
        return grads

    monkeypatch.setattr(denormals, "bptt", watched)
    denormals.time_denormals(T=10, B=4, H=8, repeats=1)
    healthy, tiny, flushed = seen
    least = np.finfo(np.float32).tiny
    assert (healthy > 1e-6).all()
    assert np.mean((tiny > 0) & (tiny < least)) > 0.9
    assert not ((flushed > 0) & (flushed < least)).any()


@pytest.mark.parametrize("can", [True, False])
def test_three_times_each(can: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two where this system cannot be told to take denormals for 0."""
    monkeypatch.setattr(denormals, "flushes", lambda: can)
    found = denormals.time_denormals(T=5, B=2, H=4, repeats=2)
    assert set(found) == {"pass", "product"}
    for each in found.values():
        assert min(each.healthy, each.denormal, each.flushed or 1) > 0
        assert (each.flushed is not None) == can
    assert denormals.Seconds(1, 1.2, None, 0.25).slower is None
    assert denormals.Seconds(1, 10, None, 0.25).slower == 10
