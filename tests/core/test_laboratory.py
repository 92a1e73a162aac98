"""One memory set by hand is an LSTM of one unit with every gate held."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core import Invalid, bptt, unroll
from rnn_core.analysis.laboratory import Memory, remember
from rnn_core.clamp import Clamp
from rnn_core.params import shapes
from tests.core.oracle import assert_close

SIGNALS = {"write": "i", "keep": "f", "show": "o", "value": "g"}


@st.composite
def signals(draw: st.DrawFn) -> dict[str, Any]:
    T, share = draw(st.integers(1, 12)), st.sampled_from([0.0, 1.0]) | st.floats(0, 1)
    given = {
        name: np.array(draw(st.lists(share, min_size=T, max_size=T))) for name in ("write", "keep", "show", "value")
    }
    return {**given, "value": 2 * given["value"] - 1, "start": draw(st.floats(-3, 3))}


@given(signals())
def test_it_is_an_lstm_with_clamped_gates(given: dict[str, Any]) -> None:
    """The same numbers to the last bit, and the same gradient."""
    ours, T = remember(**given), len(given["write"])
    params = {name: np.ones(shape) for name, shape in shapes("lstm", 1, 1).items()}
    clamps = [Clamp(gate, float(given[name][t]), t + 1, t + 1, 0) for name, gate in SIGNALS.items() for t in range(T)]
    trace = unroll("lstm", params, np.ones((T, 1, 1)), {"c": np.array([[given["start"]]])}, clamp=clamps)
    assert_close(ours.c, trace.states["c"][:, 0, 0], 0)
    assert_close(ours.h, trace.states["h"][1:, 0, 0], 0)
    d_h = np.zeros((T, 1, 1))
    d_h[-1] = 1
    shown = given["show"][-1] * (1 - np.tanh(ours.c[-1]) ** 2)  # ∂h_T/∂c_T
    assert_close(shown * ours.reach, bptt(trace, params, d_h).states["c"][:, 0, 0], 1e-14)


@given(signals())
def test_the_parts_make_up_the_memory(given: dict[str, Any]) -> None:
    """A part is what would be there if nothing else had ever been written."""
    memory, T = remember(**given), len(given["write"])
    assert_close(memory.parts.sum(axis=1), memory.c[1:], 1e-14)
    for k in range(T + 1):
        alone = {**given, "write": np.where(np.arange(1, T + 1) == k, given["write"], 0)}
        alone["start"] = given["start"] if k == 0 else 0.0
        assert_close(memory.parts[:, k], remember(**alone).c[1:], 1e-14)


@given(signals())
def test_reach_is_how_far_a_nudge_gets(given: dict[str, Any]) -> None:
    """c_T moves by the nudge times the keeps in between; c is linear, so any nudge will do."""
    memory, T = remember(**given), len(given["write"])
    for t in range(T + 1):
        rest = {name: given[name][t:] for name in SIGNALS}
        if t < T:
            there = remember(**rest, start=memory.c[t] + 1).c[-1]
            assert_close(there - memory.c[-1], memory.reach[t], 1e-14)
    assert memory.reach[T] == 1


def test_by_hand() -> None:
    """Write 1, forget half of it a step, write −1 over the half of the half."""
    m = remember(write=[1, 0, 1], keep=[1, 0.5, 0.5], show=[1, 0, 1], value=[1, 1, -1])
    assert m.c.tolist() == [0, 1, 0.5, -0.75]
    assert m.h.tolist() == [np.tanh(1), 0, np.tanh(-0.75)]
    assert m.parts.tolist() == [[0, 1, 0, 0], [0, 0.5, 0, 0], [0, 0.25, 0, -1]]
    assert m.reach.tolist() == [0.25, 0.25, 0.5, 1]
    assert not any(array.flags.writeable for array in vars(m).values())


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"keep": [1.1, 0]}, "range"),
        ({"write": [0, -0.1]}, "range"),
        ({"show": [0, np.nan]}, "range"),
        ({"value": [0, -1.1]}, "range"),
        ({"keep": [1]}, "shape"),
        ({"value": [[0, 1]]}, "shape"),
        ({"start": np.inf}, "not-finite"),
    ],
)
def test_what_is_no_signal_is_refused_by_name(given: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as caught:
        remember(**{"write": [0, 1], "keep": [0, 1], "show": [0, 1], "value": [-1, 1], **given})
    assert (caught.value.code, caught.value.field) == (code, *given)


def test_nothing_to_remember_is_refused() -> None:
    with pytest.raises(Invalid, match="write: shape"):
        remember([], [], [], [])


def test_a_memory_that_keeps_all_never_loses_a_gradient() -> None:
    """The constant error carousel (Hochreiter & Schmidhuber 1997): 1 at any distance, where 0.9 is long gone."""
    still: Memory = remember(np.zeros(1000), np.ones(1000), np.ones(1000), np.zeros(1000), start=0.5)
    assert (still.reach == 1).all()
    assert (still.c == 0.5).all()
    fading = remember(np.zeros(1000), np.full(1000, 0.9), np.ones(1000), np.zeros(1000))
    np.testing.assert_allclose(fading.reach[0], 0.9**1000, rtol=1e-12)
