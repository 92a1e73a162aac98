"""One time step from within: every operation as a node with its value, forwards and backwards.

`cells` says what a cell computes; here the same is taken apart until a node is one rule on two or three named things:
a dot product, a product, a sum, an activation. Names are those of Trace with the time step written in (f⊙c is
f_t⊙c_{t−1}), and a name always means one array: one's operands can be looked up like itself.

A dot is named by its parts, (parameter, block) in the order of the sum. Unit j of

    ("weight_ih", "i")    takes row j of block i of weight_ih, with the next operand
    ("weight_hhᵀ", "i")   takes column j of block i of weight_hh, with the next operand: the way back
    ("bias_ih", "i")      takes entry j of block i of bias_ih, with 1
    ("weight_hyᵀ", "y")   takes column j of weight_hy, which is one block

What the core has computed is looked up in its Trace and Grads; only what it never held is computed here, by its rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import reduce
from typing import NamedTuple

import numpy as np

from rnn_core.cells import CELLS, Arrays, relu, sigmoid, split, step_up
from rnn_core.invalid import Invalid
from rnn_core.model import Model, ModelTrace
from rnn_core.params import Params
from rnn_core.unroll import Trace, freeze

# The rules by name: what they do to their operands, and how that is written. "dot" is `_dot`.
RULES: dict[str, tuple[Callable[..., np.ndarray], Callable[..., str]]] = {
    "σ": (sigmoid, "σ({})".format),
    "tanh": (np.tanh, "tanh({})".format),
    "relu": (relu, "relu({})".format),
    "identity": (lambda x: x, "{}".format),
    "×": (lambda *of: reduce(np.multiply, of), lambda *of: "⊙".join(map(_factor, of))),
    "+": (lambda *of: reduce(np.add, of), lambda *of: " + ".join(of)),
    "−": (np.subtract, "{} − {}".format),
    "1−": (lambda x: 1 - x, "1−{}".format),
    ">0": (step_up, "[{} > 0]".format),
}
# The gate and the state of the way back around the matrix.
BYPASS = {"lstm": ("f", "c"), "gru": ("z", "h"), "gru-reset-before": ("z", "h")}
WAYS = (
    "own loss",  # from the readout of this step
    "later, matrix",  # from the step after, through W_hh
    "later, path",  # from the step after, around it: the memory's own path
    "from h",  # into c, within the step
    "on, matrix",  # to the step before, through W_hh
    "on, path",  # to the step before, around it
    "later, reset",  # from the step after, through W_hn and then r
    "on, reset",  # to the step before, through W_hn and then r
    "above",  # in place of the first, in a deeper network: from whatever reads h_t there
)
PHI = {"rnn": "tanh", "rnn-relu": "relu", "rnn-sigmoid": "σ", "rnn-linear": "identity"}  # the RNNs' activation


class Node(NamedTuple):
    """One operation.

    name      short and unique among all nodes of a cell, forwards and backwards
    quantity  whose colour it has: a state, a gate, or "gradient"
    rule      "dot", or a name from RULES
    of        its operands: names of nodes, or of what comes in from outside the step
    formula   the same in symbols, for people
    dots      the parts of a "dot"
    way       of a gradient with a way of its own: one of WAYS
    """

    name: str
    quantity: str
    rule: str
    of: tuple[str, ...]
    formula: str
    dots: tuple[tuple[str, str], ...] = ()
    way: str = ""


class Product(NamedTuple):
    """One product of a dot: product = weight · input.

    weight is `parameter[at]`; input is entry `entry` of the operand `of`, or 1 with a bias (`of` is "").
    """

    weight: float
    input: float
    product: float
    parameter: str
    at: tuple[int, ...]
    of: str
    entry: int


def forward_nodes(cell: str) -> tuple[Node, ...]:
    """The nodes of one time step, each after its operands. From outside come x_t and the state before."""
    return FORWARD[cell]


def forward_values(params: Params, trace: Trace) -> Arrays:
    """Every node's value, (T, B, H) by name; and what comes from outside: x_t (T, B, I), h_{t−1} and c_{t−1}.

    Raises Invalid where the trace has padding: no cell worked there.
    """
    if trace.lengths is not None:
        raise Invalid("shape", "lengths", trace.lengths.shape, "none")
    nodes = FORWARD[trace.cell]
    values = {"x_t": trace.x} | {f"{name}_{{t−1}}": s[:-1] for name, s in trace.states.items()}
    held = {name: s[1:] for name, s in trace.states.items()} | trace.gates | trace.named
    held |= {f"pre_{block}": value for block, value in trace.pre.items()}
    timeless = {node.name: node.name.replace("_{t−1}", "").replace("_t", "") for node in nodes}
    known = {name: held[key] for name, key in timeless.items() if key in held}
    return _evaluate(nodes, trace.cell, params, values, known)


def backward_nodes(cell: str, plain: bool = True) -> tuple[Node, ...]:
    """The nodes of the chain rule at one time step, each after its operands, which may also be forward nodes.

    plain: of a network of one layer that reads forwards. In others a layer above reads h_t, or a readout of both
    directions, and what that sends down is given as a whole.

    From outside come ∂L/∂(W_hy·h_t + b_hy) of the own loss and, of the step after, the gate and the gradient on the
    way around the matrix (f_{t+1}, ∂L/∂c_{t+1}) and ∂L/∂(W_hi·h_t + b_hi) of every block; or, where the reset stands
    before the product, of the reset's way as well (r_{t+1}, ∂L/∂(r_{t+1}⊙h_t)).
    """
    nodes = BACKWARD[cell]
    return nodes if plain else _given_from_above(nodes)


def _given_from_above(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    own = nodes[0].name
    return (
        ABOVE,
        *(
            node._replace(
                of=tuple(ABOVE.name if name == own else name for name in node.of),
                formula=node.formula.replace(own, ABOVE.name),
            )
            for node in nodes[1:]
        ),
    )


def backward_values(model: Model, trace: ModelTrace) -> Arrays:
    """Every node's value, (T, B, H) by name; and what comes from outside, at T zeros for the step after.

    `trace` after `backward`, not truncated: that keeps losses apart by their age, which no one node does. Of a deeper
    network, what `levels.seen` made of it. Raises Invalid where it is more than one Level, and where there is padding.
    """
    return _backward_values(model.params, trace, model.architecture.plain)


def symbols(cell: str) -> dict[str, tuple[str, ...]]:
    """Every weight symbol of the equations, W_hf, b_hf, W_hy …: its parameter and the block of it; W_hh of a cell with
    several blocks stands for all of them."""
    parameters = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    whole = {_symbol(name, "h"): (name,) for name in parameters}
    blocks = {_symbol(name, block): (name, block) for name in parameters for block in CELLS[cell].blocks}
    return whole | blocks | {_symbol(name, "y"): (name, "y") for name in ("weight_hy", "bias_hy")}


def products(node: Node, params: Params, trace: Trace | ModelTrace, t: int, unit: int, b: int = 0) -> list[Product]:
    """What a "dot" sums up for one unit (0 … H−1) at time step t (1 … T) of sequence b; of another rule, nothing.

    A backward node's products need the ModelTrace. Raises Invalid where there is no such time step.
    """
    layer = trace.layer if isinstance(trace, ModelTrace) else trace
    if not 1 <= t <= len(layer):
        raise Invalid("range", "t", t, len(layer))
    values = forward_values(params, layer)
    if isinstance(trace, ModelTrace) and node in BACKWARD[layer.cell]:
        values |= _backward_values(params, trace, True)
    out = []
    for matrix, block, of in _parts(node):
        name, first = matrix.removesuffix("ᵀ"), _rows(params, block, layer.cell).start
        for k, entry in enumerate(values[of][t - 1, b] if of else [1.0]):
            at = (first + unit,) if not of else (first + k, unit) if matrix != name else (first + unit, k)
            weight = float(params[name][at])
            out.append(Product(weight, float(entry), weight * float(entry), name, at, of, k))
    return out


# What comes down into h_t; of itself, since nothing in the step makes it.
ABOVE = Node("∂L/∂h_t↑", "gradient", "given", (), "∂L/∂h_t↑", way="above")

# What W_hn multiplies where the reset stands before the product, and what it does at the step after.
RESET, LATER_RESET = "r_t⊙h_{t−1}", "r_{t+1}⊙h_t"

# ---- Values


def _backward_values(params: Params, trace: ModelTrace, plain: bool) -> Arrays:
    layer, grads = trace.layer, trace.grads
    assert grads is not None, "backward() has not run"
    shape = len(trace.layers), max(map(len, trace.layers))  # layers, directions
    if shape != (1, 1):
        raise Invalid("shape", "layers", shape, (1, 1))
    nodes, blocks = backward_nodes(layer.cell, plain), CELLS[layer.cell].blocks
    used = {name for node in nodes for name in node.of}
    values = forward_values(params, layer)
    known = {f"∂L/∂{name}_t": d[1:] for name, d in grads.states.items()}
    known |= {f"∂L/∂pre_{block}": d for block, d in zip(blocks, split(grads.a, len(blocks)), strict=True)}
    outside = {}
    if plain:
        d_logits = np.zeros((len(layer), *trace.d_logits.shape[1:]), trace.d_logits.dtype)
        d_logits[-len(trace.d_logits) :] = trace.d_logits  # of every step, or of the last
        outside["∂L/∂(W_hy·h_t + b_hy)"] = d_logits
    else:
        known[ABOVE.name] = grads.own
    for block, d in zip(blocks, split(grads.recur, len(blocks)), strict=True):
        known[f"∂L/∂({_recurred(block, 'h_{t−1}')})"] = d
        outside[f"∂L/∂({_recurred(block, 'h_t')})"] = _after(d)
        if block in layer.rule.multiplied:
            outside[f"∂L/∂({LATER_RESET})"] = _after(d @ params["weight_hh"][_rows(params, block, layer.cell)])
    if layer.cell in BYPASS:
        gate, state = BYPASS[layer.cell]
        known[f"{gate}_t⊙∂L/∂{state}_t"] = grads.direct[state]
        outside |= {f"{gate}_{{t+1}}": _after(values) for gate, values in layer.gates.items()}
        outside[f"∂L/∂{state}_{{t+1}}"] = _after(grads.states[state][1:])
    outside = {name: value for name, value in outside.items() if name in used}
    every = _evaluate(nodes, layer.cell, params, values | outside, known)
    return {name: value for name, value in every.items() if name not in values}


def _after(value: np.ndarray) -> np.ndarray:
    """What each step has, where the step before it is; zeros at T."""
    return np.concatenate((value[1:], np.zeros_like(value[:1])))


def _evaluate(nodes: tuple[Node, ...], cell: str, params: Params, values: Arrays, known: Arrays) -> Arrays:
    """`values`, and after them every node's: the known one, or what its rule makes of its operands."""
    with np.errstate(over="ignore", invalid="ignore"):
        for node in nodes:
            if node.name in known:
                values[node.name] = known[node.name]
            elif node.rule == "dot":
                values[node.name] = _dot(node, cell, params, values)
            else:
                values[node.name] = RULES[node.rule][0](*(values[name] for name in node.of))
    freeze(values)
    return values


def _dot(node: Node, cell: str, params: Params, values: Arrays) -> np.ndarray:
    """(T, B, H): the sum of its parts."""
    terms = []
    for matrix, block, of in _parts(node):
        rows = params[matrix.removesuffix("ᵀ")][_rows(params, block, cell)]
        terms.append(values[of] @ (rows if matrix.endswith("ᵀ") else rows.T) if of else rows)
    return reduce(np.add, terms)


def _parts(node: Node) -> Iterator[tuple[str, str, str]]:
    """Each part of a dot with its operand, a bias with "": the matrices take the operands in turn."""
    operands = iter(node.of)
    for matrix, block in node.dots:
        yield matrix, block, "" if matrix.startswith("bias") else next(operands)


def _rows(params: Params, block: str, cell: str) -> slice:
    """Where a block's rows lie in its parameter; the readout's y is all of them."""
    if block == "y":
        return slice(0, len(params["weight_hy"]))
    H = params["weight_hh"].shape[1]
    first = CELLS[cell].blocks.index(block) * H
    return slice(first, first + H)


# ---- Nodes


def _node(name: str, quantity: str, rule: str, *of: str, dots: tuple[tuple[str, str], ...] = (), way: str = "") -> Node:
    """A node, with its formula written from its rule."""
    node = Node(name, quantity, rule, of, "", dots, way)
    written = RULES[rule][1](*of) if rule != "dot" else " + ".join(_term(*part) for part in _parts(node))
    whole = written if written == name else f"{name} = {written}"
    return node._replace(formula=whole.replace("⊙", " ⊙ ").replace("1−", "1 − "))


def _term(matrix: str, block: str, of: str) -> str:
    """W_ii·x_t, b_ii, W_hiᵀ·∂L/∂pre_i, W_hn·(r_t⊙h_{t−1})."""
    factor = f"({of})" if "⊙" in of else of
    return _symbol(matrix, block) + ("ᵀ" if matrix.endswith("ᵀ") else "") + (f"·{factor}" if of else "")


def _symbol(parameter: str, block: str) -> str:
    """W_hf, b_hf: from what, and which block."""
    kind, source = parameter.split("_")
    return f"{'W' if kind == 'weight' else 'b'}_{source[0]}{block}"


def _factor(name: str) -> str:
    """In brackets, if it is a sum."""
    return f"({name})" if re.search("[+−]", re.sub(r"\(.*\)|\{.*?\}", "", name)) else name


def _input(block: str) -> tuple[tuple[str, str], ...]:
    return ("weight_ih", block), ("bias_ih", block)


def _recurrent(block: str) -> tuple[tuple[str, str], ...]:
    return ("weight_hh", block), ("bias_hh", block)


def _pre(block: str, past: str = "h_{t−1}") -> Node:
    return _node(f"pre_{block}", block, "dot", "x_t", past, dots=_input(block) + _recurrent(block))


def _rnn(phi: str) -> tuple[Node, ...]:
    return _pre("h"), _node("h_t", "h", phi, "pre_h")


def _lstm() -> tuple[Node, ...]:
    return (
        *map(_pre, "ifgo"),
        _node("i_t", "i", "σ", "pre_i"),
        _node("f_t", "f", "σ", "pre_f"),
        _node("g_t", "g", "tanh", "pre_g"),
        _node("o_t", "o", "σ", "pre_o"),
        _node("f_t⊙c_{t−1}", "c", "×", "f_t", "c_{t−1}"),
        _node("i_t⊙g_t", "c", "×", "i_t", "g_t"),
        _node("c_t", "c", "+", "f_t⊙c_{t−1}", "i_t⊙g_t"),
        _node("tanh(c_t)", "c", "tanh", "c_t"),
        _node("h_t", "h", "×", "o_t", "tanh(c_t)"),
    )


def _gru(*candidate: Node) -> tuple[Node, ...]:
    return (
        *map(_pre, "rz"),
        _node("r_t", "r", "σ", "pre_r"),
        _node("z_t", "z", "σ", "pre_z"),
        *candidate,
        _node("n_t", "n", "tanh", "pre_n"),
        _node("1−z_t", "z", "1−", "z_t"),
        _node("(1−z_t)⊙n_t", "h", "×", "1−z_t", "n_t"),
        _node("z_t⊙h_{t−1}", "h", "×", "z_t", "h_{t−1}"),
        _node("h_t", "h", "+", "(1−z_t)⊙n_t", "z_t⊙h_{t−1}"),
    )


def _reset_after() -> tuple[Node, ...]:
    return (
        _node("W_in·x_t + b_in", "n", "dot", "x_t", dots=_input("n")),
        _node("W_hn·h_{t−1} + b_hn", "n", "dot", "h_{t−1}", dots=_recurrent("n")),
        _node("r_t⊙(W_hn·h_{t−1} + b_hn)", "n", "×", "r_t", "W_hn·h_{t−1} + b_hn"),
        _node("pre_n", "n", "+", "W_in·x_t + b_in", "r_t⊙(W_hn·h_{t−1} + b_hn)"),
    )


def _reset_before() -> tuple[Node, ...]:
    return _node(RESET, "n", "×", "r_t", "h_{t−1}"), _pre("n", RESET)


# ---- The chain rule, from h_t and c_t to what enters the activations, and on to the state before


def _recurred(block: str, h: str) -> str:
    """W_hi·h_{t−1} + b_hi."""
    return f"W_h{block}·{h} + b_h{block}"


def _slope(rule: str, quantity: str, of: str, entered: str) -> tuple[Node, ...]:
    """The slope of an activation at what entered it, from what came out, `of`; the identity's is 1 and no node."""
    name = f"{rule}′({entered})"
    if rule == "σ":
        rest = _node(f"1−{of}", quantity, "1−", of)
        return rest, _node(name, quantity, "×", of, rest.name)
    if rule == "tanh":
        square = _node(f"{of}²", quantity, "×", of, of)
        return square, _node(name, quantity, "1−", square.name)
    return (_node(name, quantity, ">0", of),) if rule == "relu" else ()


def _through(rule: str, block: str) -> tuple[Node, ...]:
    """From ∂L/∂i_t through the activation to ∂L/∂pre_i."""
    name, entered, given = f"∂L/∂pre_{block}", f"pre_{block}", f"∂L/∂{block}_t"
    if rule == "identity":
        return (_node(name, "gradient", "identity", given),)
    return *_slope(rule, block, f"{block}_t", entered), _node(name, "gradient", "×", given, f"{rule}′({entered})")


def _arrives(blocks: str) -> tuple[Node, Node]:
    """What reaches h_t from its own loss, and from the step after through the matrix."""
    later = [f"∂L/∂({_recurred(block, 'h_t')})" for block in blocks]
    return (
        _back("W_hyᵀ·∂L/∂(W_hy·h_t + b_hy)", "dot", "∂L/∂(W_hy·h_t + b_hy)", dots=(("weight_hyᵀ", "y"),), way=WAYS[0]),
        _back("W_hhᵀ·∂L/∂(W_hh·h_t + b_hh)", "dot", *later, dots=_columns(blocks), way=WAYS[1]),
    )


def _leaves(blocks: str, *of: str) -> Node:
    """What goes on to h_{t−1} through the matrix."""
    return _back("W_hhᵀ·∂L/∂(W_hh·h_{t−1} + b_hh)", "dot", *of, dots=_columns(blocks), way=WAYS[4])


def _columns(blocks: str) -> tuple[tuple[str, str], ...]:
    return tuple(("weight_hhᵀ", block) for block in blocks)


def _back(name: str, rule: str, *of: str, dots: tuple[tuple[str, str], ...] = (), way: str = "") -> Node:
    return _node(name, "gradient", rule, *of, dots=dots, way=way)


def _rnn_back(phi: str) -> tuple[Node, ...]:
    own, matrix = _arrives("h")
    return (
        own,
        matrix,
        _back("∂L/∂h_t", "+", own.name, matrix.name),
        *_through(phi, "h"),
        _leaves("h", "∂L/∂pre_h"),
    )


def _lstm_back() -> tuple[Node, ...]:
    own, matrix = _arrives("ifgo")
    return (
        own,
        matrix,
        _back("∂L/∂h_t", "+", own.name, matrix.name),
        _back("f_{t+1}⊙∂L/∂c_{t+1}", "×", "f_{t+1}", "∂L/∂c_{t+1}", way=WAYS[2]),
        _back("∂L/∂tanh(c_t)", "×", "∂L/∂h_t", "o_t"),
        *_slope("tanh", "c", "tanh(c_t)", "c_t"),
        _back("tanh′(c_t)⊙∂L/∂tanh(c_t)", "×", "tanh′(c_t)", "∂L/∂tanh(c_t)", way=WAYS[3]),
        _back("∂L/∂c_t", "+", "f_{t+1}⊙∂L/∂c_{t+1}", "tanh′(c_t)⊙∂L/∂tanh(c_t)"),
        _back("∂L/∂i_t", "×", "∂L/∂c_t", "g_t"),
        _back("∂L/∂f_t", "×", "∂L/∂c_t", "c_{t−1}"),
        _back("∂L/∂g_t", "×", "∂L/∂c_t", "i_t"),
        _back("∂L/∂o_t", "×", "∂L/∂h_t", "tanh(c_t)"),
        *_through("σ", "i"),
        *_through("σ", "f"),
        *_through("tanh", "g"),
        *_through("σ", "o"),
        _back("f_t⊙∂L/∂c_t", "×", "f_t", "∂L/∂c_t", way=WAYS[5]),
        _leaves("ifgo", *(f"∂L/∂pre_{block}" for block in "ifgo")),
    )


def _update_gate_back() -> tuple[Node, ...]:
    """From ∂L/∂h_t to the candidate and to z, and around the matrix to h_{t−1}: the same in both GRUs."""
    return (
        _back("∂L/∂n_t", "×", "∂L/∂h_t", "1−z_t"),
        *_through("tanh", "n"),
        _node("h_{t−1} − n_t", "h", "−", "h_{t−1}", "n_t"),
        _back("∂L/∂z_t", "×", "∂L/∂h_t", "h_{t−1} − n_t"),
        *_through("σ", "z")[1:],  # 1−z_t is a node forwards
        _back("z_t⊙∂L/∂h_t", "×", "z_t", "∂L/∂h_t", way=WAYS[5]),
    )


def _gru_back() -> tuple[Node, ...]:
    own, matrix = _arrives("rzn")
    product = _recurred("n", "h_{t−1}")
    return (
        own,
        matrix,
        _back("z_{t+1}⊙∂L/∂h_{t+1}", "×", "z_{t+1}", "∂L/∂h_{t+1}", way=WAYS[2]),
        _back("∂L/∂h_t", "+", own.name, matrix.name, "z_{t+1}⊙∂L/∂h_{t+1}"),
        *_update_gate_back(),
        _back("∂L/∂r_t", "×", "∂L/∂pre_n", product),
        *_through("σ", "r"),
        _back(f"∂L/∂({product})", "×", "∂L/∂pre_n", "r_t"),
        _leaves("rzn", "∂L/∂pre_r", "∂L/∂pre_z", f"∂L/∂({product})"),
    )


def _reset_before_back() -> tuple[Node, ...]:
    """W_hr and W_hz multiply h_{t−1}, but W_hn r_t⊙h_{t−1}: so a third way leads on, through W_hn and then r_t."""
    own, matrix = _arrives("rz")
    later, onward = f"∂L/∂({LATER_RESET})", f"∂L/∂({RESET})"
    ways = (own.name, matrix.name, f"r_{{t+1}}⊙{later}", "z_{t+1}⊙∂L/∂h_{t+1}")
    return (
        own,
        matrix,
        _back(ways[2], "×", "r_{t+1}", later, way=WAYS[6]),
        _back(ways[3], "×", "z_{t+1}", "∂L/∂h_{t+1}", way=WAYS[2]),
        _back("∂L/∂h_t", "+", *ways),
        *_update_gate_back(),
        _back(onward, "dot", "∂L/∂pre_n", dots=_columns("n")),
        _back("∂L/∂r_t", "×", onward, "h_{t−1}"),
        *_through("σ", "r"),
        _back(f"r_t⊙{onward}", "×", "r_t", onward, way=WAYS[7]),
        _leaves("rz", "∂L/∂pre_r", "∂L/∂pre_z"),
    )


FORWARD = {cell: _rnn(phi) for cell, phi in PHI.items()} | {"lstm": _lstm()}
FORWARD |= {"gru": _gru(*_reset_after()), "gru-reset-before": _gru(*_reset_before())}
BACKWARD = {cell: _rnn_back(phi) for cell, phi in PHI.items()} | {"lstm": _lstm_back()}
BACKWARD |= {"gru": _gru_back(), "gru-reset-before": _reset_before_back()}
