"""Where the operations of a step are drawn."""

from __future__ import annotations

from itertools import pairwise

import pytest

from pages.figures.inside import drawings
from pages.figures.layers import layered
from rnn_core.cells import CELLS
from rnn_core.inside import backward_nodes, forward_nodes


@pytest.mark.parametrize("way", ["forward", "backward"])
@pytest.mark.parametrize("cell", CELLS)
def test_no_box_and_no_wire_lies_on_a_box(cell: str, way: str) -> None:
    """Each has a place of its own in its layer, and so has each wire that passes through."""
    drawing = drawings(cell)[way]
    spots = [(place["x"], place["y"]) for place in drawing["places"].values()]
    for wire in drawing["wires"]:
        first, last = drawing["places"][wire["from"]]["x"], drawing["places"][wire["to"]]["x"]
        step = 1 if last > first else -1
        assert len(wire["lanes"]) == abs(last - first) - 1
        spots += [(first + step * (k + 1), y) for k, y in enumerate(wire["lanes"])]
    assert len(set(spots)) == len(spots)
    for x in {x for x, _ in spots}:
        rows = sorted(y for column, y in spots if column == x)
        assert all(later - sooner >= 1 for sooner, later in pairwise(rows))


@pytest.mark.parametrize("cell", CELLS)
def test_time_runs_to_the_right_and_gradients_to_the_left(cell: str) -> None:
    """Forwards each stands right of what it is made of, backwards left; every edge among the drawn has its wire."""
    for way, nodes, turn in (("forward", forward_nodes(cell), 1), ("backward", backward_nodes(cell), -1)):
        drawing = drawings(cell)[way]
        places = drawing["places"]
        edges = {(name, node.name) for node in nodes if node.name in places for name in node.of if name in places}
        assert {(wire["from"], wire["to"]) for wire in drawing["wires"]} == edges
        assert all(turn * (places[to]["x"] - places[of]["x"]) > 0 for of, to in edges)


def test_crossings_are_avoided() -> None:
    """Neighbours are drawn in the order of what they join."""
    rank = {"a": 0, "b": 0, "c": 0, "C": 1, "B": 1, "A": 1}
    places, _ = layered(rank, [("a", "A"), ("b", "B"), ("c", "C")])
    assert [places[name][1] for name in "ABC"] == [places[name][1] for name in "abc"]


def test_a_long_edge_has_a_lane() -> None:
    """It runs beside the boxes between its ends."""
    places, lanes = layered({"a": 0, "b": 1, "c": 2, "d": 3}, [("a", "b"), ("b", "c"), ("c", "d"), ("a", "d")])
    assert list(lanes) == [("a", "d")]
    assert len(lanes["a", "d"]) == 2
    assert places["b"][1] != lanes["a", "d"][0]
