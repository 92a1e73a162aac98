"""A cell from inside, ready for the screen: its operations there and back, where each is drawn, and their numbers."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from pages.figures.layers import layered
from rnn_core.inside import Node, backward_nodes, backward_values, forward_nodes, forward_values, symbols
from rnn_core.model import Model, ModelTrace

OUTSIDE = {"c_{t−1}": "c", "h_{t−1}": "h", "x_t": "x"}  # from top to bottom, as in a column
ENTERING = ("own loss", "above", "later, matrix", "later, reset", "later, path")
WIDE = ("x_t", "∂L/∂(W_hy·h_t + b_hy)")  # whose entries are not units


def inside(model: Model, trace: ModelTrace) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Header and arrays of one sequence (B = 1): T steps, H units.

    in.NAME (T, H)   the value of each node, and of what comes in from outside the step; of x_t (T, I) and of the
                     gradient that enters at the readout (T, O)
    """
    values = forward_values(model.params, trace.layer) | backward_values(model, trace)
    return drawings(model.cell, model.architecture.plain), {f"in.{name}": value[:, 0] for name, value in values.items()}


@cache
def drawings(cell: str, plain: bool = True) -> dict[str, Any]:
    """The header: all nodes of a cell, and where each is drawn; plain: as in `backward_nodes`."""
    forwards, backwards = forward_nodes(cell), backward_nodes(cell, plain)
    used = [name for name in OUTSIDE if any(name in node.of for node in forwards)]
    # Of the way back the gradients are drawn; slopes and gates stand in the formulas and can be opened from there.
    flow = tuple(node for node in backwards if node.quantity == "gradient")
    return {
        "nodes": [node._asdict() for node in (*forwards, *backwards)],
        "symbols": symbols(cell),
        "wide": WIDE,
        "outside": {name: OUTSIDE[name] for name in used},
        "forward": _drawing(_ranks_forward(forwards, used), forwards),
        "backward": _drawing(_ranks_backward(flow), flow),
    }


def _ranks_forward(nodes: tuple[Node, ...], outside: list[str]) -> dict[str, int]:
    """How many operations lie before each: time runs to the right."""
    rank = dict.fromkeys(outside, 0)
    for node in nodes:
        rank[node.name] = 1 + max(rank[name] for name in node.of)
    return rank


def _ranks_backward(nodes: tuple[Node, ...]) -> dict[str, int]:
    """How many operations still follow: the way back runs to the left. What enters the step stands to the right."""
    rank: dict[str, int] = {}
    for node in reversed(nodes):
        rank[node.name] = 1 + max((rank[user.name] for user in nodes if node.name in user.of), default=-1)
    last = max(rank.values())
    entering = {node.name: last for node in nodes if node.way in ENTERING}
    return {node.name: entering.get(node.name, rank[node.name]) for node in nodes}


def _drawing(rank: dict[str, int], nodes: tuple[Node, ...]) -> dict[str, Any]:
    """Where each node stands, and each wire: from, to, and its rows in the layers between."""
    edges = [(name, node.name) for node in nodes for name in dict.fromkeys(node.of) if name in rank]
    places, lanes = layered(rank, edges)
    return {
        "places": {name: {"x": x, "y": y} for name, (x, y) in places.items()},
        "wires": [{"from": one, "to": other, "lanes": lanes.get((one, other), [])} for one, other in edges],
    }
