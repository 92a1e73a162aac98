"""Folding: the columns become one cell with its loop, the same weights, and columns again; the browser's own work."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.picture import PHASES, Picture

LSTM = "/unroll?text=banana&cell=lstm&hidden=6&phase=forward&step=3"
WEIGHTS = ("Wih", "Whh", "Why")

# The numbers of the cell at this step, in the columns and folded.
NUMBERS = "(node) => [...node.querySelectorAll('rect.square + text.number')].map((number) => number.textContent)"

LIT = """(tags) => tags.filter((tag) => getComputedStyle(tag).textDecorationLine === "underline")
    .map((tag) => tag.textContent)"""


@pytest.mark.parametrize(("cell", "loops"), [("rnn", 1), ("gru", 1), ("lstm", 2)])
def test_one_cell_and_its_loops_keep_stepping(visit: Visit, cell: str, loops: int) -> None:
    """In every phase the one cell shows what the column of that step shows."""
    picture = visit(LSTM.replace("lstm", cell))
    fold(picture)
    one = picture.root.locator(".one")
    picture.stage.focus()
    for phase in PHASES:
        picture.go(phase, 3)
        picture.stage.focus()
        for key, step in (("ArrowRight", 4), ("ArrowLeft", 3), ("Home", 0), ("End", 6)):
            picture.press(key)
            picture.is_at(phase, step)
            expect(one.locator("rect.cell")).to_have_count(1)
            expect(one.locator(".loop")).to_have_count(loops)
            expect(one.locator(".time")).to_have_text(f"t = {step} of 6")
            expect(one).to_have_attribute("aria-label", f"{phase.capitalize()}, t = {step} of 6")
            if step:
                assert one.evaluate(NUMBERS) == picture.current.evaluate(NUMBERS)


def test_backwards_the_loop_carries_the_gradient(visit: Visit) -> None:
    """As wide as the arrow was, with the same number, and its head at the cell's other side."""
    picture = visit(LSTM)
    picture.go("backward", 4)
    edge = picture.current.locator("g.arrow.q-h")
    width = edge.locator("line").get_attribute("stroke-width") or ""
    flow = edge.locator("~ .flownumber").last.text_content() or ""
    fold(picture)
    run, head = picture.root.locator(".loop .arrow.q-h path").all()
    expect(run).to_have_attribute("stroke-width", width)
    expect(picture.root.locator(".loop .flownumber").last).to_have_text(flow)
    backward = start(head)
    picture.go("forward", 4)
    assert start(head) == backward - 98


def start(path: Locator) -> float:
    """Where its first point lies, from the left."""
    return float((path.get_attribute("d") or "").removeprefix("M").split()[0])


def test_the_weights_are_named_and_light_up_together(visit: Visit) -> None:
    """Once in the one cell, at every step in the columns; pointing at one underlines all its copies."""
    picture = visit(LSTM)
    for tags, times in ((picture.root.locator(".columns .weighttag"), 6), (picture.root.locator(".one .weighttag"), 1)):
        assert sorted(tags.all_text_contents()) == sorted(WEIGHTS * times)
        tags.filter(has_text="Whh").last.hover()
        assert tags.evaluate_all(LIT) == ["Whh"] * times
        if times > 1:
            fold(picture)


def test_unfolding_gives_the_columns_back(visit: Visit) -> None:
    picture = visit(LSTM)
    before = picture.numbers()
    fold(picture)
    expect(picture.root.locator(".shared")).to_contain_text("There is one cell, used at every step")
    expect(picture.root.locator(".columns")).to_have_css("opacity", "0")
    unfold(picture)
    picture.is_at("forward", 3)
    assert picture.numbers() == before
    expect(picture.root.locator(".columns")).to_have_css("opacity", "1")
    expect(picture.root.locator(".folded rect.cell")).to_have_count(0)


def test_fold_stays_with_another_text_and_asks_nothing_of_the_server(visit: Visit) -> None:
    picture = visit(LSTM)
    before = len(picture.sent)
    fold(picture)
    picture.page.wait_for_timeout(500)
    assert len(picture.sent) == before
    picture.type("pear")
    expect(picture.root.locator(".one .time")).to_have_text("t = 1 of 4")
    expect(picture.root.get_by_role("button", name="Unfold")).to_be_visible()


def test_keys_fold_too_and_a_phone_has_room(visit: Visit) -> None:
    """Space on the button; nothing sticks out at 390 px."""
    picture = visit(LSTM, width=390)
    picture.root.get_by_role("button", name="Fold", exact=True).focus()
    picture.press(" ")
    settled(picture)
    expect(picture.root.get_by_role("button", name="Unfold")).to_be_focused()
    frame = picture.stage.bounding_box()
    assert frame
    for what in picture.root.locator(".one :is(.run, .weighttag, .cell), .shared").all():
        box = what.bounding_box()
        assert box
        assert box["x"] >= frame["x"]
        assert box["x"] + box["width"] <= frame["x"] + frame["width"]


def test_without_motion_it_is_there_at_once(visit: Visit) -> None:
    picture = visit(LSTM, reduced_motion="reduce")
    moves = picture.root.evaluate(
        """(root) => {
            root.querySelector("button.fold").click();
            return [root.querySelector(".between").childElementCount, root.querySelectorAll(".one rect.cell").length];
        }"""
    )
    assert moves == [0, 1]


def fold(picture: Picture) -> None:
    picture.root.get_by_role("button", name="Fold", exact=True).click()
    settled(picture)


def unfold(picture: Picture) -> None:
    picture.root.get_by_role("button", name="Unfold").click()
    settled(picture)


def settled(picture: Picture) -> None:
    """Nothing is left of what lies between the columns and the one cell."""
    expect(picture.root.locator(".between > *")).to_have_count(0)
