"""A cell from inside, ready for the screen: its nodes, where each is drawn, and their numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnn_core.inside import Node, forward_nodes, forward_values
from rnn_core.params import Params
from rnn_core.unroll import Trace

OUTSIDE = {"c_{t−1}": "c", "h_{t−1}": "h", "x_t": "x"}  # from top to bottom, as in a column


def inside(params: Params, trace: Trace) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Header and arrays of one sequence (B = 1): T steps, H units, G blocks.

    in.NAME (T, H)                   the value of each node
    inputs (T, I)                    what is read
    weight_ih (G*H, I), weight_hh (G*H, H), bias_ih, bias_hh (G*H,)
    """
    nodes = forward_nodes(trace.cell)
    used = [name for name in OUTSIDE if any(name in node.of for node in nodes)]
    places = layout(nodes, used)
    header = {
        "outside": [{"name": name, "quantity": OUTSIDE[name], **places[name]} for name in used],
        "nodes": [{**node._asdict(), **places[node.name]} for node in nodes],
    }
    values = forward_values(params, trace)
    arrays = {f"in.{node.name}": values[node.name][:, 0] for node in nodes}
    arrays["inputs"] = trace.x[:, 0]
    arrays |= {name: params[name] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
    return header, arrays


def layout(nodes: tuple[Node, ...], outside: list[str]) -> dict[str, dict[str, float]]:
    """Where each node stands: x, how many operations lie before it; y, from the top, each x centred."""
    depth = dict.fromkeys(outside, 0)
    for node in nodes:
        depth[node.name] = 1 + max(depth[name] for name in node.of)
    rows = [[name for name in depth if depth[name] == x] for x in range(1 + max(depth.values()))]
    tallest = max(map(len, rows))
    return {
        name: {"x": x, "y": (tallest - len(names)) / 2 + y}
        for x, names in enumerate(rows)
        for y, name in enumerate(names)
    }
