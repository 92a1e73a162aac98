"""Layers and directions: whichever is drawn in full, its numbers are the trace's, and the others stand beside it."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import expect

from rnn_core import Experiment
from rnn_core.changes import traced
from rnn_core.edits import Edit
from rnn_core.levels import FIRST, Level, levels, rows, seen
from rnn_core.model import sizes
from rnn_core.scene import Scene, from_query, to_query
from tests.browser.conftest import Visit
from tests.browser.picture import Picture
from tests.browser.written import signed

DEEP = Experiment(
    kind="bits", text="10110", target="parity", cell="lstm", hidden=3, layers=2, bidirectional=True, gain=2
)
STACKED = replace(DEEP, cell="gru", layers=3, bidirectional=False)
ROWS = """(root) => [...root.querySelectorAll(".columns .storey .square")]
    .map((node) => ({ ...node.tip, shade: node.getAttribute("class") }))"""


def link(experiment: Experiment, level: Level = FIRST, phase: str = "forward", step: int = 2) -> str:
    return "/unroll?" + urlencode(to_query(Scene(experiment, phase, step, level=level)))


@pytest.mark.parametrize("phase", ["forward", "backward"])
@pytest.mark.parametrize("experiment", [DEEP, STACKED], ids=["both ways", "stacked"])
def test_every_level_shows_its_own_numbers(visit: Visit, experiment: Experiment, phase: str) -> None:
    """States, or gradients, of the one in full as it counts its steps; and a square for each number of all others."""
    replay, reading, trace = traced(experiment)
    net = replay.model.architecture
    picture = visit(link(experiment, phase=phase))
    for level in levels(net):
        choose(picture, level)
        alone = seen(replay.model, reading, trace, level).trace
        assert alone.grads
        wanted = (alone.grads if phase == "backward" else alone.layer).states
        squares = [each for each in picture.numbers()["squares"] if each["kind"] == "state" and each["text"]]
        assert squares
        for each in squares:
            assert each["text"] == signed(float(wanted[each["name"]][each["t"], 0, each["unit"]]))
        shown = {(each["k"], each["name"], each["t"], each["unit"]) for each in picture.root.evaluate(ROWS)}
        T, H, others = len(reading.tokens), net.hidden, rows(trace, net, level)
        assert len(shown) == len(others) * len(alone.layer.states) * T * H


def test_the_other_direction_is_drawn_from_right_to_left(visit: Visit) -> None:
    """The same token stays looked at; its step counts from the other end; keys move as they are drawn."""
    picture = visit(link(DEEP, step=2))
    where = left_of(picture, 2)
    choose(picture, Level(0, 1))
    picture.is_at("forward", 4)
    assert left_of(picture, 4) == pytest.approx(where, abs=120)  # the initial state now stands at the right
    lefts = [left_of(picture, t) for t in range(1, 6)]
    assert lefts == sorted(lefts, reverse=True)
    picture.stage.focus()
    picture.press("ArrowRight")
    picture.is_at("forward", 3)
    picture.press("ArrowLeft", "ArrowLeft")
    picture.is_at("forward", 5)
    assert "from the end" in picture.root.locator(".story").inner_text()


def test_of_two_directions_nothing_is_told_before_both_are_there(visit: Visit) -> None:
    """At the first step of the way forwards the way backwards has not come by; of the next layer nothing has."""
    picture = visit(link(DEEP, Level(1, 0), step=1))
    assert "waits for both" in picture.root.locator(".story").inner_text()
    pending = [
        [bool(re.search(r"\bpending\b", each.get_attribute("class") or "")) for each in column.locator(".storey").all()]
        for column in picture.columns.all()[1:]
    ]
    below, against = [each[:2] for each in pending], [each[2] for each in pending]
    assert not np.any(below)
    assert against == [True, True, True, True, False]
    picture.slider.fill("5")
    picture.is_at("forward", 5)
    assert "waits for both" not in picture.root.locator(".story").inner_text()


def test_a_row_is_chosen_by_a_click_and_kept_in_the_address(visit: Visit) -> None:
    """No new visit: phase and step stay. A reload finds it again."""
    picture = visit(link(STACKED, phase="backward", step=3))
    picture.mark()
    picture.columns.nth(3).locator(".storey").last.locator("rect.cell").click(position={"x": 3, "y": 3})
    expect(picture.root.locator(".level").nth(2)).to_have_attribute("aria-pressed", "true")
    picture.is_at("backward", 3)
    picture.was_not_reloaded()
    picture.until(lambda: picture.query().get("layer") == "3")
    picture.page.reload()
    picture.settle()
    expect(picture.root.locator(".level").nth(2)).to_have_attribute("aria-pressed", "true")


def test_a_weight_of_an_upper_layer_can_be_changed(visit: Visit) -> None:
    """By typing, inside the step; the link names its layer and direction, and the layer stays looked at."""
    level = Level(1, 1)
    picture = visit(link(DEEP, level, step=2) + "&node=pre_i&unit=0")
    weight = picture.root.locator('.products [data-place="weight_hh.0.1"]')
    weight.click()
    picture.root.locator(".products input.weight").fill("0.75")
    picture.press("Enter")
    expect(weight).to_have_class(re.compile("edited"))
    picture.until(lambda: "changes" in picture.query())
    scene, notices = from_query(picture.query())
    assert not notices
    assert scene.changes == (Edit("weight_hh_l1_reverse", (0, 1), 0.75),)
    assert scene.level == level


def test_what_comes_from_above_is_a_box_of_its_own(visit: Visit) -> None:
    """In a lower layer the way back begins with it: the number that the layer above sends."""
    replay, reading, trace = traced(STACKED)
    alone = seen(replay.model, reading, trace, Level(1)).trace
    assert alone.grads
    picture = visit(link(STACKED, Level(1), "backward", 3) + "&node=%E2%88%82L%2F%E2%88%82h_t&unit=1")
    box = picture.root.locator('.node[data-node="∂L/∂h_t↑"]')
    assert box.locator("text.number").text_content() == signed(float(alone.grads.own[2, 0, 1]))
    box.click()
    expect(picture.root.locator(".nodedetail .numbers")).to_contain_text(signed(float(alone.grads.own[2, 0, 1])))


@pytest.mark.parametrize("width", [1280, 390])
def test_many_levels_fit_the_page(visit: Visit, width: int) -> None:
    """Nothing of the page is wider than the window, whatever is stacked."""
    picture = visit(link(replace(DEEP, layers=3)), width=width)
    assert picture.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert picture.root.locator(".level").count() == len(list(levels(sizes(replace(DEEP, layers=3)))))


def choose(picture: Picture, level: Level) -> None:
    button = picture.root.locator(".level").nth(level.layer * picture_directions(picture) + level.direction)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")


def picture_directions(picture: Picture) -> int:
    return 2 if picture.root.locator(".level", has_text="←").count() else 1


def left_of(picture: Picture, t: int) -> float:
    box = picture.columns.nth(t).locator("rect.cell").last.bounding_box()
    assert box
    return box["x"]
