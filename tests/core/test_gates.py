"""How saturated gates are and how long units remember, by hand; and orders that find what was hidden in a shuffle."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core import Invalid, unroll
from rnn_core.analysis.gates import average, half_life, quantity, saturation
from rnn_core.analysis.order import ORDERS, order
from rnn_core.cells import CELLS
from rnn_core.clamp import Clamp
from rnn_core.unroll import Trace
from tests.core.draw import Problem, problem, problems
from tests.core.oracle import assert_close

KEEPS = {"lstm": "f", "gru": "z", "gru-reset-before": "z"}
GATED = tuple(KEEPS)


def made(cell: str, lengths: np.ndarray | None = None, /, **values: np.ndarray) -> Trace:
    """A trace with these quantities, (T, B, H), in place of computed ones."""
    T, B, H = next(iter(values.values())).shape
    states = {"h": np.concatenate((np.zeros((1, B, H)), values["h"]))} if "h" in values else {}
    gates = {name: value for name, value in values.items() if name in CELLS[cell].gates}
    return Trace(cell, np.zeros((T, B, 1)), states, gates, {}, {}, lengths)


# ---- Quantities


@pytest.mark.parametrize("cell", CELLS)
def test_every_quantity_has_a_name(cell: str) -> None:
    """States from t = 1, gates and pre-activations: all (T, B, H); no other."""
    trace, _ = problem(cell).solve()
    rule = CELLS[cell]
    for name in (*rule.states, *rule.gates, *(f"pre_{block}" for block in rule.blocks)):
        assert quantity(trace, name).shape == (5, 2, 4)
    assert quantity(trace, "h") is not trace.states["h"]
    np.testing.assert_array_equal(quantity(trace, "h"), trace.states["h"][1:])
    np.testing.assert_array_equal(quantity(trace, f"pre_{rule.blocks[0]}"), trace.pre[rule.blocks[0]])
    with pytest.raises(Invalid, match="choice"):
        quantity(trace, "x")


def test_an_average_leaves_out_what_has_ended() -> None:
    p = problem("lstm", T=4, B=3)
    trace = unroll("lstm", p.params, p.x, p.state, np.array([3, 1, 2]))
    f = trace.gates["f"]
    assert_close(average(trace, "f")[:3], np.stack([f[0].mean(axis=0), f[1, [0, 2]].mean(axis=0), f[2, 0]]), 1e-14)
    assert np.isnan(average(trace, "f")[3]).all()
    assert_close(average(p.solve()[0], "c"), p.solve()[0].states["c"][1:].mean(axis=1), 1e-14)


# ---- Saturation


@given(problems())
def test_saturation_is_counted(p: Problem) -> None:
    """One number at a time, in Python."""
    trace, _ = p.solve()
    found = saturation(trace)
    assert list(found) == list(CELLS[p.cell].gates)
    for gate, values in trace.gates.items():
        low, high = (-0.8, 0.8) if gate in "gn" else (0.1, 0.9)
        numbers = values.ravel().tolist()
        assert found[gate].shut == pytest.approx(sum(v < low for v in numbers) / len(numbers))
        assert found[gate].open == pytest.approx(sum(v > high for v in numbers) / len(numbers))


def test_a_gate_at_the_limit_is_not_saturated() -> None:
    f = np.array([0.1, 0.9, 0.05, 0.95, 0.5]).reshape(5, 1, 1)
    assert saturation(made("lstm", f=f))["f"] == (0.2, 0.2)


def test_padding_is_not_saturated() -> None:
    f = np.array([[0.0, 1.0], [0.5, 1.0]])[..., None]  # (T, B, 1)
    assert saturation(made("lstm", np.array([2, 1]), f=f))["f"][:2] == (1 / 3, 1 / 3)


# ---- Half-life


@pytest.mark.parametrize("cell", GATED)
def test_after_a_half_life_half_is_left(cell: str) -> None:
    """The memory's own path, nothing written: a unit held at 2^(−1/k) has lost half after k steps."""
    lives = [1, 2, 5, 10]
    params = {name: 0 * value for name, value in problem(cell).params.items()}
    clamps = [Clamp(KEEPS[cell], 0.5 ** (1 / k), 1, 10, unit) for unit, k in enumerate(lives)]
    state = {CELLS[cell].states[-1]: np.ones((2, 4))}
    trace = unroll(cell, params, np.zeros((10, 2, 3)), state, clamp=clamps)
    np.testing.assert_allclose(half_life(trace), lives, rtol=1e-12)
    for unit, k in enumerate(lives):
        np.testing.assert_allclose(trace.states[CELLS[cell].states[-1]][k, :, unit], 0.5, rtol=1e-12)


@pytest.mark.parametrize("cell", GATED)
def test_half_life_by_hand(cell: str) -> None:
    """ln 2 over the mean of −ln, over time and batch; not of the mean gate."""
    trace, _ = problem(cell).solve()
    lost = [[-np.log(v) for v in trace.gates[KEEPS[cell]][:, :, j].ravel()] for j in range(4)]
    assert_close(half_life(trace), [np.log(2) / (sum(each) / len(each)) for each in lost], 1e-12)


def test_half_life_at_the_ends() -> None:
    """All kept: for ever. Once all lost: nothing. A little above 0: next to nothing. No warning is given."""
    keep = np.array([[1.0, 1.0, 1e-300, 1.0], [1.0, 0.0, 1e-300, 0.5]])[:, None]
    found = half_life(made("lstm", f=keep))
    assert found[0] == np.inf
    assert found[1] == 0
    assert found[2] == pytest.approx(1e-3, rel=0.01)
    assert found[3] == pytest.approx(2)


def test_padding_does_not_remember() -> None:
    f = np.array([[0.5, 0.5], [0.5, 1e-9]])[..., None]
    np.testing.assert_allclose(half_life(made("lstm", np.array([2, 1]), f=f)), [1])


def test_a_cell_without_such_a_gate_has_no_half_life() -> None:
    for by in (half_life, lambda trace: order(trace, "half-life")):
        with pytest.raises(Invalid, match="no-gate"):
            by(problem("rnn").solve()[0])


# ---- Orders


@given(problems(), st.sampled_from(ORDERS))
def test_an_order_is_every_unit_once_and_always_the_same(p: Problem, by: str) -> None:
    trace, _ = p.solve()
    if by == "half-life" and p.cell not in GATED:
        return
    found = order(trace, by)
    assert sorted(found.tolist()) == list(range(p.d_h.shape[2]))
    assert found.tolist() == order(p.solve()[0], by).tolist()


def test_orders_by_one_number() -> None:
    """Largest first; equal ones by number."""
    t = np.arange(8)
    waves = np.stack([0 * t + 3.0, np.sin(t), 2 * np.sin(t) - 5, 0 * t + 3.0], axis=-1)[:, None]
    keep = np.broadcast_to([0.5, 0.9, 0.5, 1.0], (8, 1, 4))
    trace = made("lstm", h=waves, f=keep)
    assert order(trace, "number").tolist() == [0, 1, 2, 3]
    assert order(trace, "mean").tolist() == [0, 3, 1, 2]
    assert order(trace, "variance").tolist() == [2, 1, 0, 3]
    assert order(trace, "half-life").tolist() == [3, 1, 0, 2]
    assert order(trace, "mean", "f").tolist() == [3, 1, 0, 2]


def test_variance_is_in_time() -> None:
    """Units that stand still, each sequence elsewhere, do not vary; nor does padding."""
    h = np.zeros((4, 2, 2))
    h[:, 1, 0] = 100
    h[:, :, 1] = [[0, 0], [1, 1], [0, 50], [1, 50]]
    assert order(made("lstm", np.array([4, 2]), h=h), "variance").tolist() == [1, 0]
    h[:, :, 1] = [[0, 0], [0, 0], [0, 50], [0, 50]]
    assert order(made("lstm", np.array([4, 2]), h=h), "variance").tolist() == [0, 1]


@given(st.permutations(range(12)), st.sampled_from([1.0, 1e-200, 1e200]))
def test_similarity_finds_a_row_in_a_shuffle(shuffled: list[int], size: float) -> None:
    """Units that follow each other by a twelfth of half a turn: the order they were made in, from one end."""
    t = np.arange(40)[:, None] / 40 * 2 * np.pi
    h = size * (2 + np.sin(t + np.array(shuffled) * np.pi / 12))[:, None]
    found = [shuffled[unit] for unit in order(made("lstm", h=h), "similarity")]
    assert found in (list(range(12)), list(range(12))[::-1])


def test_similarity_keeps_groups_together() -> None:
    rng = np.random.default_rng(0)
    groups = np.array([0, 1, 2, 1, 0, 2, 2, 1, 0, 1])
    h = (rng.standard_normal((60, 3))[:, groups] + 0.1 * rng.standard_normal((60, 10)))[:, None]
    in_order = groups[order(made("lstm", h=h), "similarity")]
    assert np.count_nonzero(np.diff(in_order)) == 2


@pytest.mark.parametrize("value", [0.0, 0.1, 7.3, np.inf, np.nan])
def test_similarity_of_units_that_do_not_differ_is_their_number(value: float) -> None:
    """What stands still, or has exploded, is like nothing else: by number, without a warning."""
    assert order(made("lstm", h=np.full((7, 3, 9), value)), "similarity").tolist() == list(range(9))
    apart = np.broadcast_to(value + np.array([0.1, 0.7, 0, 0.3, 7.3, 1.1, 2 / 3, 0.6, 0.9]), (7, 3, 9))
    assert order(made("lstm", h=apart), "similarity").tolist() == list(range(9))
    rng = np.random.default_rng(0)
    same = np.repeat(rng.standard_normal((7, 3, 1)), 9, axis=-1)
    assert order(made("lstm", h=same), "similarity").tolist() == list(range(9))


@pytest.mark.parametrize(("wrong", "field"), [({"by": "colour"}, "order"), ({"by": "mean", "of": "x"}, "quantity")])
def test_no_such_order(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        order(problem("lstm").solve()[0], **wrong)
    assert (caught.value.code, caught.value.field) == ("choice", field)
