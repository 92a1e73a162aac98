"""Gates held at a value: the rest follows exactly, and no gradient passes where nothing decides any more."""

import math
from dataclasses import replace
from typing import Any
from urllib.parse import quote_plus

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core import Experiment, Invalid, bptt, unroll
from rnn_core.bptt import Grads
from rnn_core.cells import CELLS, numpy_ops
from rnn_core.clamp import CANDIDATES, GATES, Clamp
from rnn_core.model import backward, build, draw, forward
from rnn_core.unroll import Trace
from tests.core import gated, oracle
from tests.core.draw import Problem, clamps_of, problem, problems
from tests.core.oracle import assert_close

GATED = [cell for cell, rule in CELLS.items() if rule.gates]


@st.composite
def held(draw: st.DrawFn) -> tuple[Problem, list[Clamp]]:
    """A layer and any clamps that fit it, overlapping or not."""
    p = draw(problems(GATED))
    return p, draw(st.lists(clamps_of(p.cell, len(p.x), p.d_h.shape[2]), max_size=4))


def solve(p: Problem, clamps: list[Clamp], truncate: int | None = None) -> tuple[Trace, Grads]:
    trace = unroll(p.cell, p.params, p.x, p.state, clamp=clamps)
    return trace, bptt(trace, p.params, p.d_h, truncate)


def check(ours: tuple[Trace, Grads], theirs: oracle.Answer) -> None:
    trace, grads = ours
    assert_close(trace.states, theirs.states)
    assert_close(grads.states, theirs.d_states)
    assert_close(grads.x, theirs.d_x)
    assert_close(grads.params, theirs.d_params)


@given(held())
def test_it_is_autograd_with_a_constant_for_the_gate(drawn: tuple[Problem, list[Clamp]]) -> None:
    """States, and the gradient of every state, parameter and input; any cell, gates, spans, units."""
    p, clamps = drawn
    check(solve(p, clamps), oracle.solve(p, gated.rule(p.cell, clamps)))


@given(held(), st.integers(1, 8))
def test_so_it_is_truncated(drawn: tuple[Problem, list[Clamp]], k: int) -> None:
    """Several gradients at once go back through a clamped step."""
    p, clamps = drawn
    theirs = oracle.solve_truncated(p, k, gated.rule(p.cell, clamps))
    check((unroll(p.cell, p.params, p.x, p.state, clamp=clamps), solve(p, clamps, k)[1]), theirs)


@pytest.mark.parametrize(("cell", "gate"), [(cell, gate) for cell in GATED for gate in CELLS[cell].gates])
def test_a_clamped_gate_is_the_value_and_no_more(cell: str, gate: str) -> None:
    """Exactly the value where it is held; the pre-activation goes on saying what would have been; before the clamp
    nothing changes; the weights that made the gate get nothing from it."""
    p = problem(cell)
    free, _ = p.solve()
    trace, grads = solve(p, [Clamp(gate, 0.3, 2, 4, 1)])
    there = np.zeros(trace.gates[gate].shape, bool)
    there[1:4, :, 1] = True
    assert (trace.gates[gate][there] == 0.3).all()
    bent = np.tanh(trace.pre[gate]) if gate in CANDIDATES else 1 / (1 + np.exp(-trace.pre[gate]))
    assert_close(trace.gates[gate][~there], bent[~there], 1e-14)
    assert not np.isclose(bent[there], 0.3).any()
    for name, s in trace.states.items():
        assert_close(s[:2], free.states[name][:2], 0)
        assert (s[2:] != free.states[name][2:]).any()
    d_pre = dict(zip(CELLS[cell].blocks, np.split(grads.a, len(CELLS[cell].blocks), axis=-1), strict=True))[gate]
    assert not d_pre[there].any()
    assert d_pre[~there].all()
    np.testing.assert_array_equal(np.isnan(trace.clamp[gate]), ~there[:, 0])
    assert list(trace.clamp) == [gate]


@pytest.mark.parametrize("cell", GATED)
def test_a_step_says_itself_what_was_held(cell: str) -> None:
    """So that `back` is right about a step that no Trace has kept."""
    p, rule = problem(cell), CELLS[cell]
    trace, grads = solve(p, [Clamp(gate, 0.2, 5, 5, 1) for gate in rule.gates])
    before, now = trace.at(5)
    a = p.x[4] @ p.params["weight_ih"].T + p.params["bias_ih"]
    weight, bias = p.params["weight_hh"], p.params["bias_hh"]
    held = {gate: values[4] for gate, values in trace.clamp.items()}
    step = rule.step(a, before, lambda h: h @ weight.T + bias, numpy_ops, held)
    d = {name: np.zeros_like(s) for name, s in before.items()} | {"h": p.d_h[4]}
    assert_close(step.gates, now.gates, 1e-14)
    assert_close(rule.back(d, before, step, lambda d: d @ weight).a, grads.a[4], 1e-14)


@pytest.mark.parametrize("cell", CELLS)
def test_without_clamps_nothing_is_kept_of_them(cell: str) -> None:
    p = problem(cell)
    trace = unroll(cell, p.params, p.x, p.state, clamp=())
    assert trace.clamp == {}
    assert_close(trace.states, p.solve()[0].states, 0)


def test_the_later_clamp_holds() -> None:
    p = problem("lstm")
    trace, _ = solve(p, [Clamp("f", 0, 1, 4), Clamp("f", 1, 3, 5, 2), Clamp("o", 0.5, 1, 1)])
    assert (trace.gates["f"][:4, :, [0, 1, 3]] == 0).all()
    assert (trace.gates["f"][2:5, :, 2] == 1).all()
    assert (trace.gates["f"][:2, :, 2] == 0).all()
    assert not np.isin(trace.gates["f"][4][:, [0, 1, 3]], (0, 1)).any()
    assert (trace.gates["o"][0] == 0.5).all()


@pytest.mark.parametrize("cell", GATED)
def test_a_clamp_is_in_the_traces_precision(cell: str) -> None:
    """And read-only, as all of a Trace is."""
    p = problem(cell)
    small = Problem(cell, {name: value.astype(np.float32) for name, value in p.params.items()}, p.x, p.state, p.d_h)
    trace, grads = solve(small, [Clamp(gate, 0.1, 1, 3) for gate in CELLS[cell].gates])
    arrays = (*trace.gates.values(), *trace.clamp.values(), *trace.states.values(), grads.a, grads.recur)
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}
    assert not any(array.flags.writeable for array in trace.clamp.values())


@pytest.mark.parametrize("cell", GATED)
def test_padding_is_no_step_to_clamp(cell: str) -> None:
    """Each sequence of a padded batch is as if alone, its gates held as long as it lasts."""
    p, lengths = problem(cell, T=5, B=2), np.array([2, 5])
    gate = CELLS[cell].gates[0]
    trace = unroll(cell, p.params, p.x, p.state, lengths, clamp=[Clamp(gate, 0.9, 2, 4)])
    grads = bptt(trace, p.params, p.d_h)
    for b, T in enumerate(lengths):
        d_h = p.d_h[:T, b : b + 1].copy()
        d_h[-1] += p.d_h[T:, b].sum(axis=0)  # a loss in the padding counts at the last step
        alone = Problem(cell, p.params, p.x[:T, b : b + 1], {k: s[b : b + 1] for k, s in p.state.items()}, d_h)
        own, own_grads = solve(alone, [Clamp(gate, 0.9, 2, min(4, int(T)))])
        assert_close(trace.states["h"][: T + 1, b], own.states["h"][:, 0], 1e-12)
        assert_close(grads.x[:T, b], own_grads.x[:, 0], 1e-12)
        assert_close(grads.states["h"][0, b], own_grads.states["h"][0, 0], 1e-12)


def test_a_model_is_clamped_in_its_first_layer_forwards() -> None:
    """As its initial state is; the loss and its gradient are of the clamped network."""
    experiment = Experiment(cell="gru", hidden=3)
    model, reading = build(experiment), experiment.reading()
    clamps = [Clamp("z", 1, 1, len(reading.x))]
    trace = backward(model, forward(model, reading, clamp=clamps))
    assert not trace.layer.states["h"].any()  # all is kept, and it begins with nothing
    assert trace.d_params is not None
    assert not trace.d_params["weight_ih"].any()
    assert trace.loss != forward(model, reading).loss
    deep = draw(replace(model.architecture, layers=2, bidirectional=True), experiment)
    found = [layer.clamp for both in forward(deep, reading, clamp=clamps).layers for layer in both]
    assert [list(clamp) for clamp in found] == [["z"], [], [], []]


# ---- The value


@given(st.sampled_from(GATED).flatmap(lambda cell: clamps_of(cell, 99, 64)))
def test_a_link_carries_it(clamp: Clamp) -> None:
    """Every bit comes back, and no browser escapes a character."""
    text = str(clamp)
    assert Clamp.from_text(text) == clamp
    assert quote_plus(text) == text


@pytest.mark.parametrize(
    ("clamp", "text"),
    [
        (Clamp("f", 1, 5, 20), "f_1_5-20"),
        (Clamp("o", 0.25, 1, 1, 3), "o.3_0.25_1-1"),
        (Clamp("g", -1, 2, 7, 0), "g.0_-1_2-7"),
        (Clamp("z", 1e-7, 2, 7), "z_1e-07_2-7"),
    ],
)
def test_a_clamp_is_readable(clamp: Clamp, text: str) -> None:
    """Links out in the world depend on this form."""
    assert str(clamp) == text
    assert Clamp.from_text(text) == clamp


NO_CLAMP = [
    *("", "f", "f_1", "f_1_2", "f_1_5-", "x_1_1-2", "f_2_1-2", "f_1_2-1", "f_1_0-1", "f_1-2_1-2", "f.-1_1_1-2"),
    *("f_nan_1-2", "f_1_1-2 ", "F_1_1-2", "f_1_1-٢", "lr_0.1_10", "W_hh.3.2_0.5", "f_1_1-" + "9" * 5000),
]


@pytest.mark.parametrize("text", NO_CLAMP)
def test_what_is_no_clamp_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (whatever is wrong with it)
        Clamp.from_text(text)


def test_minus_zero_is_zero() -> None:
    """They compare equal, so they must compute the same."""
    assert math.copysign(1, Clamp("g", -0.0, 1, 1).value) == 1


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"gate": "x"}, "choice", "gate"),
        ({"gate": "h"}, "choice", "gate"),
        ({"gate": ["f"]}, "choice", "gate"),
        ({"value": "1"}, "type", "value"),
        ({"value": True}, "type", "value"),
        ({"value": math.nan}, "range", "value"),
        ({"value": -0.01}, "range", "value"),
        ({"value": 1.01}, "range", "value"),
        ({"gate": "n", "value": -1.01}, "range", "value"),
        ({"gate": "g", "value": 1.01}, "range", "value"),
        ({"first": 0}, "range", "first"),
        ({"first": 1.0}, "type", "first"),
        ({"first": "1"}, "type", "first"),
        ({"last": None}, "type", "last"),
        ({"last": True}, "type", "last"),
        ({"first": 4, "last": 3}, "range", "last"),
        ({"unit": -1}, "range", "unit"),
        ({"unit": 0.0}, "type", "unit"),
    ],
)
def test_a_clamp_is_strict(given: dict[str, Any], code: str, field: str) -> None:
    """A value nobody can use is refused where it is made, by its name."""
    with pytest.raises(Invalid) as caught:
        Clamp(**{"gate": "f", "value": 0.5, "first": 1, "last": 3, **given})
    assert (caught.value.code, caught.value.field) == (code, field)


@pytest.mark.parametrize("gate", GATES)
def test_a_gates_range_is_its_nonlinearitys(gate: str) -> None:
    for value in (0, 1, -1) if gate in CANDIDATES else (0, 1):
        assert Clamp(gate, value, 1, 1).value == value


@pytest.mark.parametrize(
    ("cell", "clamp", "code", "field"),
    [
        ("gru", Clamp("f", 1, 1, 1), "no-gate", "gate"),
        ("rnn", Clamp("f", 1, 1, 1), "no-gate", "gate"),
        ("lstm", Clamp("z", 1, 1, 1), "no-gate", "gate"),
        ("lstm", Clamp("f", 1, 6, 6), "range", "first"),
        ("lstm", Clamp("f", 1, 5, 6), "range", "last"),
        ("lstm", Clamp("f", 1, 1, 1, 4), "range", "unit"),
    ],
)
def test_a_clamp_that_does_not_fit_is_refused(cell: str, clamp: Clamp, code: str, field: str) -> None:
    """T = 5, H = 4: to the edge and no further."""
    p = problem(cell)
    with pytest.raises(Invalid) as caught:
        unroll(cell, p.params, p.x, clamp=[clamp])
    assert (caught.value.code, caught.value.field) == (code, field)
    if code == "range":
        unroll(cell, p.params, p.x, clamp=[Clamp("f", 1, 5, 5, 3)])
