"""The LSTM with parts taken away is what autograd makes of the changed equations."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core import Experiment, Invalid, bptt, unroll
from rnn_core.analysis.variants import SWITCHES, equations, lstm_variant
from rnn_core.cells import CELLS
from rnn_core.clamp import Clamp
from rnn_core.model import backward, build, forward
from tests.core import gated, oracle
from tests.core.draw import Problem, clamps_of, problem
from tests.core.oracle import assert_close

ALL = [chosen for count in range(len(SWITCHES) + 1) for chosen in combinations(SWITCHES, count)]


def check(p: Problem, switches: tuple[str, ...], clamps: list[Clamp] | None = None) -> None:
    variant, open_gates = lstm_variant(switches, len(p.x))
    trace = unroll("lstm", p.params, p.x, p.state, clamp=(*open_gates, *(clamps or ())), variant=variant)
    grads = bptt(trace, p.params, p.d_h)
    theirs = oracle.solve(p, gated.rule("lstm", clamps or (), switches))
    assert_close(trace.states, theirs.states)
    assert_close(grads.states, theirs.d_states)
    assert_close(grads.x, theirs.d_x)
    assert_close(grads.params, theirs.d_params)


@pytest.mark.parametrize("switches", ALL, ids="+".join)
def test_every_combination_is_autograd_through_it(switches: tuple[str, ...]) -> None:
    check(problem("lstm"), switches)


@given(st.sampled_from(ALL), st.integers(1, 7), st.lists(st.integers(1, 4), min_size=3, max_size=3), st.data())
def test_with_clamps_too(switches: tuple[str, ...], T: int, sizes: list[int], data: st.DataObject) -> None:
    """The learner may hold any gate besides, also one that is tied to another."""
    check(problem("lstm", T, *sizes), switches, data.draw(st.lists(clamps_of("lstm", T, sizes[-1]), max_size=3)))


def test_all_switches_off_is_the_lstm() -> None:
    """To the last bit, its formulas included."""
    p = problem("lstm")
    variant, clamps = lstm_variant([], len(p.x))
    ours = unroll("lstm", p.params, p.x, p.state, clamp=clamps, variant=variant)
    theirs, grads = p.solve()
    for part in ("states", "gates", "pre", "named"):
        assert_close(vars(ours)[part], vars(theirs)[part], 0)
    assert_close(bptt(ours, p.params, p.d_h).params, grads.params, 0)
    assert variant.formulas == CELLS["lstm"].formulas
    assert clamps == ()


@pytest.mark.parametrize("switches", ALL, ids="+".join)
def test_its_formulas_say_what_was_computed(switches: tuple[str, ...]) -> None:
    """Each equation as text holds between the numbers of the trace."""
    p = problem("lstm")
    variant, clamps = lstm_variant(switches, len(p.x))
    trace = unroll("lstm", p.params, p.x, p.state, clamp=clamps, variant=variant)
    known = {f"{name}_t": value for name, value in trace.gates.items()} | {
        str(n): np.full(trace.gates["i"].shape, n) for n in (0, 1)
    }
    known |= {f"{name}_t": s[1:] for name, s in trace.states.items()} | {"1 − f_t": 1 - trace.gates["f"]}
    known["f_t ⊙ c_{t−1} + i_t ⊙ g_t"] = known["f_t"] * trace.states["c"][:-1] + known["i_t"] * known["g_t"]
    known |= {"o_t ⊙ c_t": known["o_t"] * known["c_t"], "o_t ⊙ tanh(c_t)": known["o_t"] * np.tanh(known["c_t"])}
    for block, pre in trace.pre.items():
        written = f"W_i{block}·x_t + b_i{block} + W_h{block}·h_{{t−1}} + b_h{block}"
        known |= {written: pre, f"σ({written})": 1 / (1 + np.exp(-pre)), f"tanh({written})": np.tanh(pre)}
    for formula in variant.formulas:
        name, right = formula.split(" = ")
        assert_close(known[name], known[right], 1e-14)
    shown = equations(switches)
    assert {SWITCHES[switch][0] for switch in shown} == {SWITCHES[switch][0] for switch in switches}
    for formula in shown.values():
        name, *rights = formula.split(" = ")
        for right in rights:
            assert_close(known[name], known[right], 1e-14)
    assert tuple(trace.named) == variant.named
    assert ("tanh(c)" in trace.named) == ("no-output-activation" not in switches)


def test_a_model_reads_with_a_variant() -> None:
    """Loss and gradient of the whole network; nothing reaches the weights of a gate that is gone."""
    experiment = Experiment(cell="lstm", hidden=3)
    model, reading = build(experiment), experiment.reading()
    variant, clamps = lstm_variant(["coupled"], len(reading.x))
    trace = backward(model, forward(model, reading, clamp=clamps, variant=variant))
    assert trace.d_params is not None
    assert trace.loss != forward(model, reading).loss
    assert not trace.d_params["weight_ih"][:3].any()
    assert trace.d_params["weight_ih"][3:].any(axis=1).all()
    gates = trace.layer.gates
    assert_close(gates["i"], 1 - gates["f"], 0)


def test_an_unknown_switch_is_refused() -> None:
    with pytest.raises(Invalid) as caught:
        lstm_variant(["coupled", "peepholes"], 5)
    assert (caught.value.code, caught.value.field, caught.value.value) == ("choice", "variant", "peepholes")
