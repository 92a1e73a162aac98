"""Every operation is what weights and inputs make of it, one number at a time; and follows from its operands."""

import math
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from rnn_core import Experiment, Invalid, unroll
from rnn_core.batch import Batch
from rnn_core.cells import CELLS
from rnn_core.inside import Node, forward_nodes, forward_values, products
from rnn_core.model import Model, ModelTrace, backward, build, forward
from tests.core.draw import experiments
from tests.core.oracle import assert_close

STEPS = 6  # few, so that no rounding has the time to grow
TOLERANCE = 1e-8  # pasted numbers may be a million
Vector = list[float]
Values = dict[str, np.ndarray]


def solve(experiment: Experiment, steps: int | None = None) -> tuple[Model, ModelTrace]:
    """Its first steps, and beside them the same steps in reverse: B = 2."""
    model, reading = build(experiment), experiment.reading()
    x, target, asked = (
        np.concatenate((part[:steps], part[:steps][::-1]), axis=1)
        for part in (reading.x, reading.target, reading.asked)
    )
    return model, backward(model, forward(model, Batch(x, target, asked, reading.loss)))


# ---- By hand, in Python's own numbers


def σ(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


PHI: dict[str, Callable[[float], float]] = {
    "rnn": math.tanh,
    "rnn-relu": lambda x: max(x, 0.0),
    "rnn-sigmoid": σ,
    "rnn-linear": float,
}


def by_hand(cell: str, params: dict[str, np.ndarray], x: np.ndarray) -> Values:
    """Every node of every step, (T, B, H) by name, and what comes from outside."""
    weights = {name: value.tolist() for name, value in params.items()}
    T, B, _ = x.shape
    H = len(weights["weight_hh"][0])
    out: dict[str, list[list[Vector]]] = defaultdict(lambda: [[] for _ in range(T)])
    for b in range(B):
        state = {name: [0.0] * H for name in CELLS[cell].states}
        for t in range(T):
            given = x[t, b].tolist()
            step = {f"{name}_{{t−1}}": value for name, value in state.items()} | {"x_t": given}
            step |= STEP_BY_HAND[cell](weights, given, H, **state)
            state = {name: step[f"{name}_t"] for name in state}
            for name, value in step.items():
                out[name][t].append(value)
    return {name: np.array(value) for name, value in out.items()}


def sums(weights: dict[str, list], which: str, block: int, given: Vector, H: int) -> Vector:
    """W·given + b, for one block of rows."""
    out = []
    for row in range(block * H, (block + 1) * H):
        total = weights[f"bias_{which}"][row]
        for weight, value in zip(weights[f"weight_{which}"][row], given, strict=True):
            total += weight * value
        out.append(total)
    return out


def each(rule: Callable[..., float], *of: Vector) -> Vector:
    return [rule(*numbers) for numbers in zip(*of, strict=True)]


def times(a: float, b: float) -> float:
    return a * b


def plus(a: float, b: float) -> float:
    return a + b


def rnn_by_hand(cell: str) -> Callable[..., dict[str, Vector]]:
    def step(weights: dict[str, list], x: Vector, H: int, h: Vector) -> dict[str, Vector]:
        pre = each(plus, sums(weights, "ih", 0, x, H), sums(weights, "hh", 0, h, H))
        return {"pre_h": pre, "h_t": each(PHI[cell], pre)}

    return step


def lstm_by_hand(weights: dict[str, list], x: Vector, H: int, h: Vector, c: Vector) -> dict[str, Vector]:
    pre = [each(plus, sums(weights, "ih", k, x, H), sums(weights, "hh", k, h, H)) for k in range(4)]
    i, f, g, o = each(σ, pre[0]), each(σ, pre[1]), each(math.tanh, pre[2]), each(σ, pre[3])
    kept, written = each(times, f, c), each(times, i, g)
    new = each(plus, kept, written)
    shown = each(math.tanh, new)
    return {
        **{f"pre_{name}": value for name, value in zip("ifgo", pre, strict=True)},
        **{"i_t": i, "f_t": f, "g_t": g, "o_t": o, "f_t⊙c_{t−1}": kept, "i_t⊙g_t": written},
        **{"c_t": new, "tanh(c_t)": shown, "h_t": each(times, o, shown)},
    }


def gru_by_hand(weights: dict[str, list], x: Vector, H: int, h: Vector) -> dict[str, Vector]:
    a, u = ([sums(weights, which, k, given, H) for k in range(3)] for which, given in (("ih", x), ("hh", h)))
    pre_r, pre_z = each(plus, a[0], u[0]), each(plus, a[1], u[1])
    r, z = each(σ, pre_r), each(σ, pre_z)
    reset = each(times, r, u[2])
    pre_n = each(plus, a[2], reset)
    n, rest = each(math.tanh, pre_n), [1 - value for value in z]
    new, kept = each(times, rest, n), each(times, z, h)
    return {
        **{"pre_r": pre_r, "pre_z": pre_z, "pre_n": pre_n, "r_t": r, "z_t": z, "n_t": n, "1−z_t": rest},
        **{"W_in·x_t + b_in": a[2], "W_hn·h_{t−1} + b_hn": u[2], "r_t⊙(W_hn·h_{t−1} + b_hn)": reset},
        **{"(1−z_t)⊙n_t": new, "z_t⊙h_{t−1}": kept, "h_t": each(plus, new, kept)},
    }


STEP_BY_HAND = {cell: rnn_by_hand(cell) for cell in PHI} | {"lstm": lstm_by_hand, "gru": gru_by_hand}


def check_forward(experiment: Experiment) -> None:
    model, trace = solve(experiment, STEPS)
    ours = forward_values(model.params, trace.layer)
    assert_close(ours, by_hand(model.cell, model.params, trace.layer.x), TOLERANCE)
    for name, value in ours.items():
        assert value.shape == (*trace.layer.x.shape[:2], value.shape[2] if name == "x_t" else experiment.hidden)


@given(experiments())
def test_forwards_it_is_what_a_hand_works_out(experiment: Experiment) -> None:
    check_forward(experiment)


@pytest.mark.parametrize("cell", CELLS)
def test_forwards_every_cell(cell: str) -> None:
    check_forward(Experiment(text="banana", cell=cell, hidden=5, gain=2))


# ---- Each node from its operands


FOLLOWS: dict[str, Callable[..., Any]] = {
    "σ": lambda x: np.vectorize(σ)(x),
    "tanh": lambda x: np.vectorize(math.tanh)(x),
    "relu": lambda x: np.where(x > 0, x, 0),
    "identity": lambda x: x,
    "×": lambda *of: math.prod(of),
    "+": lambda *of: sum(of),
    "−": lambda a, b: a - b,
    "1−": lambda x: 1 - x,
    ">0": lambda x: np.where(x > 0, 1, 0),
}


def check_follows(nodes: tuple[Node, ...], values: Values, model: Model, trace: ModelTrace) -> None:
    """Every node's value is its rule's, of its operands' values; a dot's is the sum of its products."""
    T, B, H = trace.layer.states["h"][1:].shape
    for node in nodes:
        if node.rule != "dot":
            assert not node.dots
            assert_close(values[node.name], FOLLOWS[node.rule](*(values[name] for name in node.of)), 1e-13)
            continue
        for t, unit, b in {(1, 0, 0), (T, H - 1, B - 1), ((T + 1) // 2, H // 2, 0)}:
            parts = products(node, model.params, trace.layer, t, unit, b)
            for part in parts:
                assert part.weight == model.params[part.parameter][part.at]
                assert part.input == (values[part.of][t - 1, b, part.entry] if part.of else 1)
                assert part.product == part.weight * part.input
            size = max(1, *(abs(part.product) for part in parts))
            total = math.fsum(part.product for part in parts)
            assert values[node.name][t - 1, b, unit] == pytest.approx(total, abs=1e-13 * size * len(parts))


@given(experiments())
def test_forwards_each_follows_from_its_operands(experiment: Experiment) -> None:
    model, trace = solve(experiment)
    check_follows(forward_nodes(model.cell), forward_values(model.params, trace.layer), model, trace)


@pytest.mark.parametrize("cell", CELLS)
def test_each_comes_after_its_operands(cell: str) -> None:
    """And no name is used twice."""
    known = {"x_t", *(f"{name}_{{t−1}}" for name in CELLS[cell].states)}
    for node in forward_nodes(cell):
        assert known.issuperset(node.of)
        assert node.name not in known
        known.add(node.name)


@pytest.mark.parametrize("cell", CELLS)
def test_all_that_a_trace_holds_is_shown_as_it_is(cell: str) -> None:
    """To the last bit, and without a copy."""
    model, trace = solve(Experiment(cell=cell))
    layer, ours = trace.layer, forward_values(model.params, trace.layer)
    shown = {name: ours[f"{name}_t"] for name in layer.states | layer.gates}
    shown |= {f"pre {name}": ours[f"pre_{name}"] for name in layer.pre}
    held = {name: value[1:] for name, value in layer.states.items()} | layer.gates
    held |= {f"pre {name}": value for name, value in layer.pre.items()}
    for name, value in held.items():
        assert np.shares_memory(shown[name], value)
        assert np.array_equal(shown[name], value)
    for value in layer.named.values():
        assert sum(np.shares_memory(value, mine) and np.array_equal(value, mine) for mine in ours.values()) == 1
    assert not any(value.flags.writeable for value in ours.values())


def test_formulas_are_those_of_the_cells() -> None:
    """Put into each other, the nodes' formulas are the cell's own."""
    for cell in CELLS:
        whole = {node.name: node.formula.split(" = ", 1)[-1] for node in forward_nodes(cell)}
        for formula in CELLS[cell].formulas:
            name, wanted = formula.split(" = ", 1)
            found = whole[name]
            for pre in [inner for inner in whole if inner.startswith("pre_")]:
                found = found.replace(pre, whole[pre])
            assert found.replace(" ", "") == wanted.replace(" ", "")


def test_a_product_says_where_its_numbers_are() -> None:
    """Row by row forwards; a dot without t, or a node that is none, is said so."""
    model, trace = solve(Experiment(cell="gru", hidden=3))
    nodes = {node.name: node for node in forward_nodes("gru")}
    found = products(nodes["W_hn·h_{t−1} + b_hn"], model.params, trace.layer, 2, 1, 1)
    assert [(part.parameter, part.at, part.of, part.entry) for part in found] == [
        *(("weight_hh", (7, k), "h_{t−1}", k) for k in range(3)),
        ("bias_hh", (7,), "", 0),
    ]
    assert products(nodes["r_t"], model.params, trace.layer, 1, 0) == []
    for t in (0, len(trace.layer) + 1):
        with pytest.raises(Invalid, match="range"):
            products(nodes["pre_r"], model.params, trace.layer, t, 0)


def test_padding_has_no_inside() -> None:
    model, trace = solve(Experiment())
    padded = unroll(model.cell, model.params, trace.layer.x, lengths=np.array([2, 3]))
    with pytest.raises(Invalid, match="lengths"):
        forward_values(model.params, padded)
