"""The numbers on screen are the core's, written as the page promises: squares, gates, losses, flows, shares, W_hh."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

import numpy as np
import pytest
from playwright.sync_api import Locator, Position

from rnn_core.bptt import shares, signed_shares
from rnn_core.cells import CELLS
from rnn_core.changes import traced
from rnn_core.model import Model, ModelTrace
from rnn_core.readers import Reading
from rnn_core.scene import from_query
from tests.browser.conftest import Visit
from tests.browser.picture import PHASES, Picture
from tests.browser.written import magnitude, percent, signed, value

LINKS = {
    "hello": "preset=hello&text=hello",
    "parity": "preset=parity&text=110101",
    "latch": "preset=latch&text=10010110",
    "delay": "preset=delay&text=0110100",
    "sum": "preset=sum&text=3,-1,0.25,1e5",
    "lstm text": "kind=text&text=banana&cell=lstm&hidden=6&seed=3&forget_bias=2",
    "gru text": "kind=text&text=你好 é👩‍👩‍👧&cell=gru&hidden=5&init=orthogonal&gain=0.05&seed=1",
    "rnn bits": "kind=bits&text=1011&target=next&cell=rnn&hidden=4&init=gaussian&gain=3&seed=2",
    "explosion": "kind=numbers&text=9,-1e6,4,1,5&target=previous&cell=rnn-linear&hidden=3&init=identity&gain=3&seed=5",
    "sine": "kind=sine&length=30&period=9.5&cell=gru&hidden=8&seed=4",
    "relu sine": "kind=sine&length=6&period=5&target=previous&cell=rnn-relu&hidden=3&seed=7",
    "sigmoid": "kind=numbers&text=3,1,4,1&cell=rnn-sigmoid&hidden=20&seed=11",
}
# The colour of a canvas round a point, or null near the edge of a cell. It has two pixels for each of the page's.
PAINT = """(node, [x, y]) => {
    const { data } = node.getContext("2d").getImageData(2 * x - 4, 2 * y - 4, 9, 9);
    return data.every((part, k) => part === data[k % 4]) ? [...data.slice(0, 3)] : null;
}"""
SIGNED_GATES = ("g", "n")  # candidates: they may be negative, so their sign is written


class Truth:
    """The core's numbers of one network reading one sequence, named as the picture names them."""

    def __init__(self, model: Model, reading: Reading, trace: ModelTrace) -> None:
        self.model, self.reading, self.trace = model, reading, trace
        assert self.trace.grads
        self.grads = self.trace.grads
        self.T, self.H = len(self.reading.tokens), model.architecture.hidden
        self.cell = CELLS[self.model.cell]
        self.share = signed_shares(self.trace.layer, self.grads)["weight_hh"]

    @classmethod
    def of_link(cls, query: dict[str, str]) -> Truth:
        scene, notices = from_query(query)
        assert not notices, notices
        replay, reading, trace = traced(scene.experiment)
        return cls(replay.model, reading, trace)

    def state(self, phase: str, name: str, t: int, unit: int) -> float:
        return float((self.grads if phase == "backward" else self.trace.layer).states[name][t, 0, unit])

    def gate(self, name: str, t: int) -> float:
        return float(self.trace.layer.gates[name][t - 1, 0].mean())

    def loss(self, t: int) -> float:
        return float(self.trace.losses[t - 1, 0])

    def flow(self, name: str, t: int) -> float:
        return float(np.linalg.norm(self.grads.flows[name][t - 1, 0]))

    def norm(self, t: int) -> float:
        return float(np.linalg.norm(self.grads.states["h"][t, 0]))

    def gathered(self, t: int) -> np.ndarray:
        """∂L/∂W_hh as far as it is known when the walk back stands at t."""
        return shares(self.trace.layer, self.grads)["weight_hh"][max(t, 1) - 1 :].sum(axis=0)

    def story(self, phase: str, t: int) -> list[str]:
        """Numbers that the sentence under the picture must say."""
        if phase == "forward" or (t == 0 and phase == "loss"):
            return []
        if phase == "loss":
            return [magnitude(self.trace.losses[:t].sum())] + [magnitude(self.loss(t))] * bool(
                self.reading.asked[t - 1]
            )
        if not self.trace.loss > 0 or (t == self.T and not self.reading.asked[t - 1]):
            return []
        on = (
            [magnitude(self.flow(name, t)) for name in self.cell.states] + [percent(float(self.share[t - 1]))]
            if t
            else []
        )
        return [magnitude(self.norm(t)), *on]


def test_every_number_on_screen_is_the_cores(visit: Visit, subtests: pytest.Subtests) -> None:
    """At the start, in the middle and at the end of each phase."""
    picture = visit("/unroll", reduced_motion="reduce")
    for name, link in LINKS.items():
        truth = Truth.of_link(dict(parse_qsl(link)))
        with subtests.test(name):
            picture.open(f"/unroll?{link}")
            for phase in PHASES:
                for t in (0, truth.T // 2, truth.T):
                    picture.go(phase, t)
                    compare(picture.numbers(), truth, phase, t)


def compare(seen: dict, truth: Truth, phase: str, t: int) -> None:
    """Whatever stands there is right, and what should stand there does."""
    backwards = phase == "backward"
    places = {
        (name, step, unit) for name in truth.cell.states for step in range(truth.T + 1) for unit in range(truth.H)
    }
    assert {(box["name"], box["t"], box["unit"]) for box in seen["squares"]} == places
    for box in seen["squares"]:
        v = truth.state(phase, box["name"], box["t"], box["unit"])
        assert box["text"] in (None, signed(v)), box
        assert ("minus" in box["shade"]) == (v < 0), box
    written = [box for box in seen["squares"] if box["t"] == t and box["text"]]
    assert t == 0 or truth.H > 8 or len(written) == truth.H * len(truth.cell.states)

    gates = {(bar["name"], bar["t"]): bar["text"] for bar in seen["gates"]}
    assert set(gates) == {(g, step) for g in truth.cell.gates for step in range(1, truth.T + 1) if not backwards}
    for (gate, step), text in gates.items():
        write = signed if gate in SIGNED_GATES else magnitude
        assert text in (None, write(truth.gate(gate, step)))

    asked = [step for step in range(1, truth.T + 1) if truth.reading.asked[step - 1]]
    for loss in seen["losses"]:
        assert loss["text"].split()[-1] == magnitude(truth.loss(loss["t"]))
    assert t not in asked or t in [loss["t"] for loss in seen["losses"]]

    flows = {(arrow["name"], arrow["t"]): arrow["text"] for arrow in seen["flows"]}
    assert set(flows) == {(state, step) for state in truth.cell.states for step in range(1, truth.T + 1)}
    for (state, step), text in flows.items():
        assert text == (magnitude(truth.flow(state, step)) if backwards and text else None)
        assert text or not backwards or step != t

    assert [share["t"] for share in seen["shares"] if share["t"] == t] == [t] * (backwards and t > 0)
    for share in seen["shares"]:
        assert share["text"].endswith(" " + percent(float(truth.share[share["t"] - 1])))

    weights = truth.model.params["weight_hh"]  # where nothing flows back there is no gradient to gather
    matrix = {"forward": weights, "backward": truth.gathered(t) if truth.trace.loss > 0 else weights}.get(phase)
    if matrix is not None and len(matrix) <= 8:
        assert seen["matrix"] == [signed(v) for v in matrix.ravel()]
    for number in truth.story(phase, t):
        assert number in seen["story"]


def test_hovering_gives_every_digit(visit: Visit, subtests: pytest.Subtests) -> None:
    """The tooltip of a state, an edge, a loss and a gate parses back to exactly the core's number."""
    picture = visit("/unroll", reduced_motion="reduce")
    for name in ("latch", "gru text", "explosion"):
        truth = Truth.of_link(dict(parse_qsl(LINKS[name])))
        with subtests.test(name):
            picture.open(f"/unroll?{LINKS[name]}")
            for phase in ("forward", "backward"):
                picture.go(phase, truth.T // 2)
                compare_hovered(picture, truth, phase, truth.T // 2)


def compare_hovered(picture: Picture, truth: Truth, phase: str, t: int) -> None:
    column = picture.current
    for k, state in enumerate(truth.cell.states):
        now, gradient = hover(picture, column.locator("rect.square").nth(k * truth.H))
        assert value(now.split("=")[1]) == truth.state("forward", state, t, 0)
        assert value(gradient.split("=")[1]) == truth.state("backward", state, t, 0)
        flow = hover(picture, column.locator("g.arrow + rect.hit").nth(k))[-1]
        assert value(flow.split(":")[1]) == truth.flow(state, t)
    loss, total = hover(picture, column.locator(".lossnumber"))
    assert value(loss.split()[-1]) == truth.loss(t)
    assert value(total.split()[-1]) == pytest.approx(float(truth.trace.losses[:t].sum()), rel=1e-15)
    for k, gate in enumerate(truth.cell.gates if phase == "forward" else ()):
        mean, units = hover(picture, column.locator("rect.track").nth(k))
        assert value(mean.split()[-1]) == truth.gate(gate, t)
        assert units.split() == [signed(v) for v in truth.trace.layer.gates[gate][t - 1, 0]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_large_matrix_is_painted_as_it_is(visit: Visit, scheme: str) -> None:
    """Too large for numbers, it is a canvas: under the pointer every digit, and red above zero, blue below."""
    link = "kind=text&text=cab&cell=lstm&hidden=5&init=xavier&seed=6"
    truth = Truth.of_link(dict(parse_qsl(link)))
    picture = visit(f"/unroll?{link}", scheme=scheme, reduced_motion="reduce")
    for phase, matrix in (("forward", truth.model.params["weight_hh"]), ("backward", truth.gathered(2))):
        picture.go(phase, 2)
        canvas = picture.root.locator("canvas.heat")
        found = 0
        for y in range(10, 170, 33):
            for x in range(31, 190, 27):
                line, *_ = [*hover(picture, canvas, {"x": x, "y": y}, must=False), ""]
                if not line:
                    continue
                block, row, column, text = re.findall(r"Wh([ifgo]) \[(\d+), (\d+)\] = (.+)$", line)[0]
                v = matrix["ifgo".index(block) * truth.H + int(row) - 1, int(column) - 1]
                assert value(text) == pytest.approx(v, rel=1e-12, abs=1e-15)
                paint = canvas.evaluate(PAINT, [x, y])
                if paint and abs(v) > 0.3 * np.abs(matrix).max():
                    assert (paint[0] > paint[2]) if v > 0 else (paint[2] > paint[0]), f"{line} is painted {paint}"
                    found += 1
        assert found > 1


def hover(picture: Picture, what: Locator, position: Position | None = None, must: bool = True) -> list[str]:
    """Lines of the tooltip with the pointer in the middle of `what`, or at a position in it."""
    picture.page.mouse.move(0, 0)
    what.hover(force=True, position=position)
    lines = picture.root.locator(".tooltip > div").all_inner_texts()
    shown = picture.root.locator(".tooltip").is_visible()
    assert shown or not must, "nothing shows under the pointer"
    return lines if shown else []
