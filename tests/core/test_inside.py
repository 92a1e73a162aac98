"""Every operation is what weights and inputs make of it, one number at a time; and follows from its operands."""

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given

from rnn_core import Experiment, Invalid, unroll
from rnn_core.architecture import Architecture
from rnn_core.batch import Batch
from rnn_core.cells import CELLS
from rnn_core.inside import backward_nodes, backward_values, forward_nodes, forward_values, products
from rnn_core.levels import levels, seen
from rnn_core.model import Model, ModelTrace, backward, build, draw, forward, sizes
from tests.core import oracle
from tests.core.draw import experiments
from tests.core.oracle import assert_close
from tests.core.test_model import THEIRS

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


def gru_by_hand(weights: dict[str, list], x: Vector, H: int, h: Vector, before: bool = False) -> dict[str, Vector]:
    """before: the reset stands before the product with W_hn."""
    a, u = ([sums(weights, which, k, given, H) for k in range(3)] for which, given in (("ih", x), ("hh", h)))
    pre_r, pre_z = each(plus, a[0], u[0]), each(plus, a[1], u[1])
    r, z = each(σ, pre_r), each(σ, pre_z)
    if before:
        own = {"r_t⊙h_{t−1}": each(times, r, h)}
        pre_n = each(plus, a[2], sums(weights, "hh", 2, own["r_t⊙h_{t−1}"], H))
    else:
        reset = each(times, r, u[2])
        own = {"W_in·x_t + b_in": a[2], "W_hn·h_{t−1} + b_hn": u[2], "r_t⊙(W_hn·h_{t−1} + b_hn)": reset}
        pre_n = each(plus, a[2], reset)
    n, rest = each(math.tanh, pre_n), [1 - value for value in z]
    new, kept = each(times, rest, n), each(times, z, h)
    return {
        **{"pre_r": pre_r, "pre_z": pre_z, "pre_n": pre_n, "r_t": r, "z_t": z, "n_t": n, "1−z_t": rest},
        **own,
        **{"(1−z_t)⊙n_t": new, "z_t⊙h_{t−1}": kept, "h_t": each(plus, new, kept)},
    }


STEP_BY_HAND = {cell: rnn_by_hand(cell) for cell in PHI} | {"lstm": lstm_by_hand, "gru": gru_by_hand}
STEP_BY_HAND["gru-reset-before"] = partial(gru_by_hand, before=True)


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


# ---- The same by autograd: every path of a state through a step is a tensor of its own, and keeps its own gradient

Step = dict[str, torch.Tensor]
SLOPES: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "σ": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
}
GRUS = ("gru", "gru-reset-before")
PHI_NAMES = {"rnn": "tanh", "rnn-relu": "relu", "rnn-sigmoid": "σ"}


def step_of_torch(cell: str, x: torch.Tensor, h: torch.Tensor, c: torch.Tensor, p: Step) -> Step:
    """One step's tensors by name. W·name is a block's product; "h by matrix" and the like are a state's ways in."""
    ways = {"h by matrix": 1 * h, "h around": 1 * h, "c around": 1 * c}
    blocks = CELLS[cell].blocks
    a = dict(zip(blocks, F.linear(x, p["weight_ih"], p["bias_ih"]).chunk(len(blocks), -1), strict=True))
    product = F.linear(ways["h by matrix"], p["weight_hh"], p["bias_hh"])
    w = dict(zip(blocks, (1 * part for part in product.chunk(len(blocks), -1)), strict=True))
    out = {**ways, **{f"W·{block}": value for block, value in w.items()}}
    if cell in GRUS:
        pre = {"r": a["r"] + w["r"], "z": a["z"] + w["z"]}
        r, z = torch.sigmoid(pre["r"]), torch.sigmoid(pre["z"])
        if cell == "gru":
            pre["n"] = a["n"] + r * w["n"]
        else:
            ways["h by reset"] = 1 * h
            out["r⊙h"] = r * ways["h by reset"]
            out["W·n"] = F.linear(out["r⊙h"], p["weight_hh"].chunk(3)[2], p["bias_hh"].chunk(3)[2])
            pre["n"] = a["n"] + out["W·n"]
            out |= ways
        n = torch.tanh(pre["n"])
        out |= {"r_t": r, "z_t": z, "n_t": n, "h_t": (1 - z) * n + z * ways["h around"]}
    else:
        pre = {block: a[block] + w[block] for block in blocks}
    if cell == "lstm":
        i, f, o, g = *(torch.sigmoid(pre[k]) for k in "ifo"), torch.tanh(pre["g"])
        new = f * ways["c around"] + i * g
        shown = 1 * new
        tanh_c = torch.tanh(shown)
        out |= {"i_t": i, "f_t": f, "g_t": g, "o_t": o, "c_t": new, "c shown": shown, "tanh(c_t)": tanh_c}
        out["h_t"] = o * tanh_c
    if cell.startswith("rnn"):
        out["h_t"] = SLOPES[PHI_NAMES[cell]](pre["h"]) if cell in PHI_NAMES else 1 * pre["h"]
    return out | {f"pre_{block}": value for block, value in pre.items()}


def by_autograd(model: Model, batch: Batch) -> Values:
    """Every backward node of every step, (T, B, H) by name, and what comes from outside."""
    p = oracle.tensors(model.params)
    T, B, _ = batch.x.shape
    h = c = torch.zeros(B, len(model.params["weight_hh"][0]), dtype=torch.float64, requires_grad=True)
    steps, loss = [], torch.zeros((), dtype=torch.float64)
    for t in range(T):
        step = step_of_torch(model.cell, torch.tensor(batch.x[t]), h, c, p)
        h, c = step["h_t"], step.get("c_t", c)
        step["h read"] = 1 * h
        step["logits"] = F.linear(step["h read"], p["weight_hy"], p["bias_hy"])
        asked = torch.tensor(batch.asked[t])
        loss = loss + THEIRS[batch.loss](step["logits"][asked], torch.tensor(batch.target[t])[asked]).sum()
        for tensor in step.values():
            tensor.retain_grad()
        steps.append(step)
    loss.backward()

    def d(name: str) -> np.ndarray:
        return np.stack([oracle.gradient(step[name]) for step in steps])

    def value(name: str) -> np.ndarray:
        return np.stack([step[name].detach().numpy() for step in steps])

    def slope(rule: str, name: str) -> np.ndarray:
        at = torch.tensor(value(name), requires_grad=True)
        SLOPES[rule](at).sum().backward()
        return oracle.gradient(at)

    def after(d: np.ndarray) -> np.ndarray:
        return np.concatenate((d[1:], 0 * d[:1]))

    out = {
        "∂L/∂(W_hy·h_t + b_hy)": d("logits"),
        "W_hyᵀ·∂L/∂(W_hy·h_t + b_hy)": d("h read"),
        "W_hhᵀ·∂L/∂(W_hh·h_t + b_hh)": after(d("h by matrix")),
        "W_hhᵀ·∂L/∂(W_hh·h_{t−1} + b_hh)": d("h by matrix"),
        "∂L/∂h_t": d("h_t"),
    }
    for block in CELLS[model.cell].blocks:
        out[f"∂L/∂(W_h{block}·h_t + b_h{block})"] = after(d(f"W·{block}"))
        out[f"∂L/∂pre_{block}"] = d(f"pre_{block}")
    for gate in CELLS[model.cell].gates:
        out[f"∂L/∂{gate}_t"] = d(f"{gate}_t")
        if gate in "gn":
            out |= {f"{gate}_t²": value(f"{gate}_t") ** 2, f"tanh′(pre_{gate})": slope("tanh", f"pre_{gate}")}
        else:
            out |= {f"1−{gate}_t": 1 - value(f"{gate}_t"), f"σ′(pre_{gate})": slope("σ", f"pre_{gate}")}
    if model.cell == "lstm":
        out |= {"f_{t+1}": after(value("f_t")), "∂L/∂c_{t+1}": after(d("c_t")), "∂L/∂c_t": d("c_t")}
        out |= {"f_{t+1}⊙∂L/∂c_{t+1}": after(d("c around")), "f_t⊙∂L/∂c_t": d("c around")}
        out |= {"∂L/∂tanh(c_t)": d("tanh(c_t)"), "tanh′(c_t)⊙∂L/∂tanh(c_t)": d("c shown")}
        out |= {"tanh(c_t)²": value("tanh(c_t)") ** 2, "tanh′(c_t)": slope("tanh", "c_t")}
    if model.cell in GRUS:
        out |= {"z_{t+1}": after(value("z_t")), "∂L/∂h_{t+1}": after(d("h_t"))}
        out |= {"z_{t+1}⊙∂L/∂h_{t+1}": after(d("h around")), "z_t⊙∂L/∂h_t": d("h around")}
        out["h_{t−1} − n_t"] = value("h around") - value("n_t")
        del out["1−z_t"]  # a node forwards
    if model.cell == "gru":
        out["∂L/∂(W_hn·h_{t−1} + b_hn)"] = d("W·n")
    if model.cell == "gru-reset-before":
        del out["∂L/∂(W_hn·h_t + b_hn)"]
        out |= {"∂L/∂(r_t⊙h_{t−1})": d("r⊙h"), "∂L/∂(r_{t+1}⊙h_t)": after(d("r⊙h")), "r_{t+1}": after(value("r_t"))}
        out["r_t⊙∂L/∂(r_t⊙h_{t−1})"] = d("h by reset")
        out["r_{t+1}⊙∂L/∂(r_{t+1}⊙h_t)"] = after(d("h by reset"))
    if model.cell in PHI_NAMES:
        rule = PHI_NAMES[model.cell]
        out[f"{rule}′(pre_h)"] = slope(rule, "pre_h")
        out |= {"tanh": {"h_t²": value("h_t") ** 2}, "σ": {"1−h_t": 1 - value("h_t")}, "relu": {}}[rule]
    return out


def check_backward(experiment: Experiment) -> None:
    model, trace = solve(experiment, STEPS)
    ours = backward_values(model, trace)
    assert_close(ours, by_autograd(model, trace.batch), TOLERANCE)
    assert ours.keys() >= {node.name for node in backward_nodes(model.cell)}


@given(experiments())
def test_backwards_it_is_what_autograd_says(experiment: Experiment) -> None:
    assume(sizes(experiment).plain)  # of deeper networks test_levels has what comes down from above
    check_backward(experiment)


@pytest.mark.parametrize("cell", CELLS)
def test_backwards_every_cell(cell: str) -> None:
    check_backward(Experiment(text="banana", cell=cell, hidden=5, gain=2))


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


def check_follows(experiment: Experiment) -> None:
    """In each layer and direction every node's value is its rule's, of its operands' values; a dot's is the sum of its
    products."""
    whole = solve(experiment)
    for level in levels(whole[0].architecture):
        model, _, trace = seen(whole[0], experiment.reading(), whole[1], level)
        check_each_follows(model, trace)


def check_each_follows(model: Model, trace: ModelTrace) -> None:
    values = forward_values(model.params, trace.layer) | backward_values(model, trace)
    T, B, H = trace.layer.states["h"][1:].shape
    for node in forward_nodes(model.cell) + backward_nodes(model.cell, model.architecture.plain):
        if node.rule == "given":
            continue
        if node.rule != "dot":
            assert not node.dots
            assert_close(values[node.name], FOLLOWS[node.rule](*(values[name] for name in node.of)), 1e-13)
            continue
        for t, unit, b in {(1, 0, 0), (T, H - 1, B - 1), ((T + 1) // 2, H // 2, 0)}:
            parts = products(node, model.params, trace, t, unit, b)
            for part in parts:
                assert part.weight == model.params[part.parameter][part.at]
                assert part.input == (values[part.of][t - 1, b, part.entry] if part.of else 1)
                assert part.product == part.weight * part.input
            size = max(1, *(abs(part.product) for part in parts))
            total = math.fsum(part.product for part in parts)
            assert values[node.name][t - 1, b, unit] == pytest.approx(total, abs=1e-13 * size * len(parts))


@given(experiments())
def test_each_follows_from_its_operands(experiment: Experiment) -> None:
    """In sequences of any length."""
    check_follows(experiment)


@pytest.mark.parametrize("cell", CELLS)
def test_each_follows_from_its_operands_in_every_cell(cell: str) -> None:
    check_follows(Experiment(text="banana", cell=cell, hidden=5, gain=2))


@pytest.mark.parametrize("cell", CELLS)
def test_each_comes_after_its_operands(cell: str) -> None:
    """What no node makes comes from outside, all of it is used, and no name is used twice."""
    model, trace = solve(Experiment(cell=cell))
    forwards, backwards = forward_nodes(cell), backward_nodes(cell)
    values = forward_values(model.params, trace.layer)
    assert not values.keys() & backward_values(model, trace).keys()
    values |= backward_values(model, trace)
    names = [node.name for node in forwards + backwards]
    assert len(set(names)) == len(names)
    known = set(values) - set(names)
    assert known <= {name for node in forwards + backwards for name in node.of}
    for node in forwards + backwards:
        assert known.issuperset(node.of)
        known.add(node.name)


@pytest.mark.parametrize("cell", CELLS)
def test_colours_are_the_quantities(cell: str) -> None:
    """A gradient's is its own; everything else has that of a state or gate of the cell."""
    nodes = forward_nodes(cell) + backward_nodes(cell)
    for node in nodes:
        assert (node.quantity == "gradient") == ("∂L" in node.name)
        assert node.quantity in {"gradient", *CELLS[cell].states, *CELLS[cell].gates}
    quantities = {node.name: node.quantity for node in nodes}
    for name in {*CELLS[cell].states, *CELLS[cell].gates}:
        assert quantities[f"{name}_t"] == name
    for name in CELLS[cell].blocks:
        assert quantities[f"pre_{name}"] == name
    for node in backward_nodes(cell):  # a slope has the colour of what it is written in
        if node.quantity != "gradient":
            assert node.quantity == quantities.get(node.of[0], node.of[0][0])


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


@pytest.mark.parametrize("cell", CELLS)
def test_all_that_grads_hold_is_shown_as_it_is(cell: str) -> None:
    """To the last bit; a flow that comes two ways is the sum of both."""
    model, trace = solve(Experiment(cell=cell))
    assert trace.grads is not None
    grads, ours, blocks = trace.grads, backward_values(model, trace), CELLS[cell].blocks
    for name, d in grads.states.items():
        assert np.array_equal(ours[f"∂L/∂{name}_t"], d[1:])
    assert np.array_equal(np.concatenate([ours[f"∂L/∂pre_{block}"] for block in blocks], axis=-1), grads.a)
    for block, d in zip(blocks, np.split(grads.recur, len(blocks), axis=-1), strict=True):
        if (cell, block) == ("gru-reset-before", "n"):
            assert np.array_equal(ours["∂L/∂pre_n"], d)
            continue
        later = ours[f"∂L/∂(W_h{block}·h_t + b_h{block})"]
        assert np.array_equal(later[:-1], d[1:])
        assert not later[-1].any()
    around = "f_t⊙∂L/∂c_t" if cell == "lstm" else "z_t⊙∂L/∂h_t" if cell in GRUS else ""
    flows = {"h": ours["W_hhᵀ·∂L/∂(W_hh·h_{t−1} + b_hh)"] + ours.get("r_t⊙∂L/∂(r_t⊙h_{t−1})", 0)}
    if around:
        name = around[-3]
        assert np.array_equal(ours[around], grads.direct[name])
        flows[name] = flows.get(name, 0) + ours[around]
    if cell == "gru":
        assert np.array_equal(ours["∂L/∂(W_hn·h_{t−1} + b_hn)"], np.split(grads.recur, 3, axis=-1)[2])
    assert_close(flows, grads.flows, 1e-15)
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


def test_formulas_bracket_a_product() -> None:
    """That a matrix multiplies, or a gradient is taken of."""
    whole = {node.name: node.formula for of in (forward_nodes, backward_nodes) for node in of("gru-reset-before")}
    assert whole["pre_n"] == "pre_n = W_in·x_t + b_in + W_hn·(r_t ⊙ h_{t−1}) + b_hn"
    assert whole["∂L/∂(r_t⊙h_{t−1})"] == "∂L/∂(r_t ⊙ h_{t−1}) = W_hnᵀ·∂L/∂pre_n"
    assert whole["r_t⊙∂L/∂(r_t⊙h_{t−1})"] == "r_t ⊙ ∂L/∂(r_t ⊙ h_{t−1})"
    assert whole["∂L/∂r_t"] == "∂L/∂r_t = ∂L/∂(r_t ⊙ h_{t−1}) ⊙ h_{t−1}"


def test_formulas_backwards_bracket_a_sum() -> None:
    whole = {node.name: node.formula for node in backward_nodes("gru")}
    assert whole["∂L/∂z_t"] == "∂L/∂z_t = ∂L/∂h_t ⊙ (h_{t−1} − n_t)"
    assert whole["∂L/∂r_t"] == "∂L/∂r_t = ∂L/∂pre_n ⊙ (W_hn·h_{t−1} + b_hn)"
    assert whole["σ′(pre_z)"] == "σ′(pre_z) = z_t ⊙ (1 − z_t)"
    assert whole["z_t⊙∂L/∂h_t"] == "z_t ⊙ ∂L/∂h_t"


def test_a_product_says_where_its_numbers_are() -> None:
    """Along a row forwards and down a column backwards; a node that is no dot has none."""
    model, trace = solve(Experiment(cell="gru", hidden=3))
    nodes = {node.name: node for node in forward_nodes("gru")}
    found = products(nodes["W_hn·h_{t−1} + b_hn"], model.params, trace.layer, 2, 1, 1)
    assert [(part.parameter, part.at, part.of, part.entry) for part in found] == [
        *(("weight_hh", (7, k), "h_{t−1}", k) for k in range(3)),
        ("bias_hh", (7,), "", 0),
    ]
    back = {node.name: node for node in backward_nodes("gru")}
    found = products(back["W_hhᵀ·∂L/∂(W_hh·h_t + b_hh)"], model.params, trace, 2, 1, 1)
    assert [(part.parameter, part.at, part.of, part.entry) for part in found] == [
        ("weight_hh", (3 * k + row, 1), f"∂L/∂(W_h{block}·h_t + b_h{block})", row)
        for k, block in enumerate("rzn")
        for row in range(3)
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


def read(U: int, **more: Any) -> tuple[Model, ModelTrace]:
    model = draw(replace(Architecture("gru", 3, 4, 2), **more), Experiment(cell="gru"))
    batch = Batch(np.ones((5, 2, 3)), np.zeros((U, 2), int), np.ones((U, 2), bool), "cross-entropy")
    return model, backward(model, forward(model, batch))


@pytest.mark.parametrize("more", [{"layers": 2}, {"bidirectional": True}])
def test_backwards_it_is_one_plain_layer(more: dict[str, Any]) -> None:
    """Where more than the readout and the step after send gradients, no node would be right."""
    with pytest.raises(Invalid, match="layers"):
        backward_values(*read(5, **more))


def test_what_answers_at_the_end_has_no_loss_before() -> None:
    """The readout's node is 0 at every step but the last, and all that reaches h adds up."""
    model, trace = read(1, last=True)
    values = backward_values(model, trace)
    assert trace.grads
    np.testing.assert_array_equal(values["∂L/∂(W_hy·h_t + b_hy)"][-1:], trace.d_logits)
    assert not values["∂L/∂(W_hy·h_t + b_hy)"][:-1].any()
    own, matrix, path, h, *_ = [values[node.name] for node in backward_nodes("gru")]
    np.testing.assert_allclose(own, trace.grads.own, atol=1e-15)
    np.testing.assert_allclose(own + matrix + path, h, atol=1e-15)
