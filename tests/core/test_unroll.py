"""Forwards through time: what a Trace holds, and what is refused."""

import numpy as np
import pytest

from rnn_core import Invalid, unroll
from rnn_core.cells import CELLS
from tests.core.draw import problem

T, B, I, H = 5, 2, 3, 4


@pytest.mark.parametrize("cell", CELLS)
def test_a_trace_holds_every_step(cell: str) -> None:
    """States have T+1 entries, the initial one first; everything else T."""
    p = problem(cell, T, B, I, H)
    trace, _ = p.solve()
    assert len(trace) == T
    np.testing.assert_array_equal(trace.x, p.x)
    for name, s in trace.states.items():
        assert s.shape == (T + 1, B, H)
        np.testing.assert_array_equal(s[0], p.state[name])
    for value in (*trace.gates.values(), *trace.pre.values(), *trace.named.values()):
        assert value.shape == (T, B, H)


@pytest.mark.parametrize("cell", CELLS)
def test_a_trace_is_read_only(cell: str) -> None:
    """Views share a Trace; none may write in it. The caller's own arrays stay the caller's."""
    p = problem(cell)
    trace, _ = p.solve()
    for part in (trace.states, trace.gates, trace.pre, trace.named, {"x": trace.x}):
        for array in part.values():
            assert not array.flags.writeable
    for array in (p.x, *p.params.values(), *p.state.values()):
        assert array.flags.writeable


@pytest.mark.parametrize("cell", CELLS)
def test_sequences_of_a_batch_do_not_meet(cell: str) -> None:
    """Each sequence reads as if alone."""
    p = problem(cell)
    both, _ = p.solve()
    alone = unroll(cell, p.params, p.x[:, 1:], {name: s[1:] for name, s in p.state.items()})
    np.testing.assert_allclose(alone.states["h"], both.states["h"][:, 1:], atol=1e-14)


def test_an_explosion_is_shown_and_not_warned_about() -> None:
    """Infinities are part of the lesson."""
    one, none = np.ones((1, 1)), np.zeros(1)
    params = {"weight_ih": one, "weight_hh": 1e9 * one, "bias_ih": none, "bias_hh": none}
    assert np.isinf(unroll("rnn-linear", params, np.ones((60, 1, 1))).states["h"][-1])


BROKEN = {
    "cell": lambda p: unroll("elman", p.params, p.x),
    "x": lambda p: unroll("lstm", p.params, p.x[0]),
    "weight_ih": lambda p: unroll("lstm", p.params, p.x[..., 1:]),
    "weight_hh": lambda p: unroll("lstm", {**p.params, "weight_hh": p.params["weight_hh"][1:]}, p.x),
    "bias_ih": lambda p: unroll("lstm", {**p.params, "bias_ih": np.zeros(3)}, p.x),
    "bias_hh": lambda p: unroll("lstm", {k: v for k, v in p.params.items() if k != "bias_hh"}, p.x),
    "state h": lambda p: unroll("lstm", p.params, p.x, {"h": p.state["h"][1:]}),
    "state z": lambda p: unroll("lstm", p.params, p.x, {"z": p.state["h"]}),
}


@pytest.mark.parametrize("field", BROKEN)
def test_what_does_not_fit_is_refused_by_name(field: str) -> None:
    """One Invalid that names the cell, input, parameter or state at fault."""
    with pytest.raises(Invalid) as caught:
        BROKEN[field](problem("lstm"))
    assert caught.value.field == field


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_nothing_to_read_is_refused(axis: int) -> None:
    """No step, no sequence or no input is said to be so at once."""
    shape = [T, B, I]
    shape[axis] = 0
    with pytest.raises(Invalid) as caught:
        unroll("rnn", problem("rnn").params, np.zeros(shape))
    assert caught.value.field == "x"


def test_mixed_precision_is_refused() -> None:
    """Parameters of two dtypes have no one dtype for the Trace to be in (`check_params` says it refuses them)."""
    p = problem("rnn")
    with pytest.raises(Invalid):
        unroll("rnn", {**p.params, "weight_hh": p.params["weight_hh"].astype(np.float32)}, p.x)
