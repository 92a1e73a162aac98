"""Drawing operations in layers: each stands beside what it is made of, and long edges get a lane of their own.

After Sugiyama, Tagawa & Toda (1981), "Methods for visual understanding of hierarchical system structures": edges over
several layers are cut by waypoints, and each layer is ordered by the mean place of its neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

SWEEPS = 8  # to and fro over the layers; after a few nothing moves any more

Edge = tuple[str, str]
Spot = str | tuple[Edge, int]  # a name, or an edge's waypoint in a layer


class Layers(NamedTuple):
    """Where everything stands. x counts layers; y counts rows from the top, each layer centred.

    places  (x, y) of each name
    lanes   of each edge over several layers: y in each of the layers between, from its first end to its second
    """

    places: dict[str, tuple[int, float]]
    lanes: dict[Edge, list[float]]


def layered(rank: Mapping[str, int], edges: list[Edge]) -> Layers:
    """rank: each name's layer, from 0. edges: pairs of names of different layers."""
    rows: list[list[Spot]] = [[] for _ in range(1 + max(rank.values()))]
    for name, x in rank.items():
        rows[x].append(name)
    chains = {}
    for edge in edges:
        first, last = rank[edge[0]], rank[edge[1]]
        between = range(first + 1, last) if first < last else range(first - 1, last, -1)
        chains[edge] = [edge[0], *((edge, x) for x in between), edge[1]]
        for waypoint in chains[edge][1:-1]:
            rows[waypoint[1]].append(waypoint)
    beside: dict[Spot, set[Spot]] = {spot: set() for row in rows for spot in row}
    for chain in chains.values():
        for one, other in pairwise(chain):
            beside[one].add(other)
            beside[other].add(one)
    y = _ordered(rows, beside)
    return Layers(
        {name: (x, y[name]) for name, x in rank.items()},
        {edge: [y[spot] for spot in chain[1:-1]] for edge, chain in chains.items() if len(chain) > 2},
    )


def _ordered(rows: list[list[Spot]], beside: dict[Spot, set[Spot]]) -> dict[Spot, float]:
    """Each spot's y, after ordering every layer by its neighbours in the layer just passed, to and fro."""
    tallest = max(map(len, rows))
    y: dict[Spot, float] = {}

    def place(row: list[Spot]) -> None:
        y.update({spot: (tallest - len(row)) / 2 + k for k, spot in enumerate(row)})

    for row in rows:
        place(row)
    for sweep in range(SWEEPS):
        order = rows if sweep % 2 == 0 else rows[::-1]
        for passed, row in pairwise(order):
            known = set(passed)
            means = {}
            for spot in row:
                near = [y[other] for other in beside[spot] if other in known]
                means[spot] = sum(near) / len(near) if near else y[spot]
            row.sort(key=means.__getitem__)  # stable: equals keep their order
            place(row)
    return y
