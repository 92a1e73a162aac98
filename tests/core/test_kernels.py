"""The fast layers say what the ones to read say, to the last digits."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core import bptt, unroll
from rnn_core.cells import CELLS
from rnn_core.training import kernels
from rnn_core.training.kernels import SHAPES, Layer, layer
from tests.core.draw import Problem, problem
from tests.core.oracle import assert_close

EXACT = 1e-12


def fast(p: Problem) -> Layer:
    """Gradients begin as NaN, so one that is left out shows."""
    return layer(p.cell, p.params, {name: np.full_like(value, np.nan) for name, value in p.params.items()})


def check(ours: Layer, p: Problem, lengths: np.ndarray | None = None, last: bool = False) -> None:
    """Both ways against `unroll` and `bptt`; with `last` only the loss after the last step counts."""
    trace = unroll(p.cell, p.params, p.x, p.state, lengths)
    assert_close(ours.forward(p.x, p.state or None, lengths), trace.states["h"][1:], EXACT)
    assert_close(ours.final(), {name: s[-1] for name, s in trace.states.items()}, EXACT)

    d_h = p.d_h
    if last:
        d_h = np.zeros_like(d_h)
        d_h[-1] = p.d_h[-1]
    grads = bptt(trace, p.params, d_h)
    given = (d_h[-1:] if last else d_h).copy()
    kept = given.copy()
    d_x = ours.backward(given, inputs_too=True)
    assert_close(d_x, grads.x, EXACT)
    assert_close(ours.grads, grads.params, EXACT)
    assert_close(given, kept, 0)

    assert ours.backward(given, inputs_too=False) is None
    assert_close(ours.grads, grads.params, EXACT)


SIZES = st.tuples(st.integers(1, 7), *[st.integers(1, 4)] * 3, st.integers(0, 999))  # T, B, I, H, seed


@pytest.mark.parametrize("wide", [1, kernels.WIDE])
@pytest.mark.parametrize("cell", CELLS)
@given(
    sizes=SIZES,
    ends=st.none() | st.lists(st.integers(1, 7), min_size=4, max_size=4),
    started=st.booleans(),
    last=st.booleans(),
    cache=st.sampled_from((1, 30, kernels.CACHE)),
)
def test_fast_layers_are_the_slow_ones(
    cell: str, wide: int, sizes: tuple[int, ...], ends: list[int] | None, started: bool, last: bool, cache: int
) -> None:
    """Any cell, shape, start and padding; factors in one chunk or many, gates multiplied together or one by one."""
    p = problem(cell, *sizes)
    T, B, _ = p.x.shape
    lengths = None if ends is None else np.minimum(ends, T)[:B]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels, "CACHE", cache)
        patch.setattr(kernels, "WIDE", wide)
        check(fast(p), p if started else replace(p, state={}), lengths, last)


@pytest.mark.parametrize("cell", CELLS)
def test_a_large_layer_as_it_is(cell: str) -> None:
    """Wide, and in several chunks of unequal length, with the constants as they stand."""
    p = problem(cell, T=21, B=40, I=3, H=30)
    ours = fast(p)
    check(ours, p)
    assert ours.wide == (len(CELLS[cell].blocks) > 1)
    assert len(p.x) > len(ours.factors) or ours.needs == 1


@pytest.mark.parametrize("cell", CELLS)
def test_a_layer_forgets_the_batch_before(cell: str) -> None:
    """Shapes come and go and come again, more of them than are kept; what one left behind reaches no other."""
    base = problem(cell)
    ours = fast(base)
    for T, B, lengths in several_shapes():
        p = replace(problem(cell, T, B, seed=T + B), params=base.params)
        check(ours, p, lengths)
        check(ours, replace(p, state={}), lengths, last=True)


def several_shapes() -> Iterator[tuple[int, int, np.ndarray | None]]:
    for T, B in [(5, 2), (3, 4), (5, 2), *((n + 1, 3) for n in range(SHAPES + 2)), (3, 4), (5, 2)]:
        yield T, B, None
        yield T, B, np.arange(B) % T + 1


@pytest.mark.parametrize("cell", CELLS)
def test_float32_stays_float32(cell: str) -> None:
    """Nothing on the way is computed or given back in another precision."""
    p = problem(cell)
    params = {name: value.astype(np.float32) for name, value in p.params.items()}
    ours = layer(cell, params, {name: np.empty_like(value) for name, value in params.items()})
    h = ours.forward(p.x.astype(np.float32), None, np.array([5, 2]))
    d_x = ours.backward(np.ones_like(h), inputs_too=True)
    assert d_x is not None
    arrays = [
        value
        for name, value in vars(ours).items()
        if isinstance(value, np.ndarray) and name not in ("lengths", "order")
    ]
    assert {array.dtype for array in (h, d_x, ours.to_last_steps(h), *arrays)} == {np.dtype(np.float32)}
