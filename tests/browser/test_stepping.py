"""Walking through time: keys, clicks, buttons, slider, play and swipe, all without asking the server."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.picture import PHASES, Picture

PARITY = "/unroll?preset=parity&text=101101&phase=forward&step=3"
LONG = (
    "/unroll?kind=text&text="
    + "the+quick+brown+fox+jumps+over+the+lazy+dog+and+run+far+away"
    + "&cell=gru&hidden=6&step=0"
)
T = 6


def test_keys_step_through_every_phase(visit: Visit) -> None:
    """Arrows follow the picture in both directions, Home and End go to its ends, and nothing goes past them."""
    picture = visit(PARITY)
    picture.stage.focus()
    for phase in PHASES:
        picture.go(phase, 3)
        picture.stage.focus()
        for key, step in (("ArrowRight", 4), ("ArrowLeft", 3), ("ArrowLeft", 2), ("End", T), ("ArrowRight", T)):
            picture.press(key)
            picture.is_at(phase, step)
        for key, step in (("ArrowLeft", T - 1), ("Home", 0), ("ArrowLeft", 0), ("ArrowRight", 1)):
            picture.press(key)
            picture.is_at(phase, step)


def test_arrow_keys_work_before_anything_is_clicked(visit: Visit) -> None:
    """On a page just opened they step; in the text field they move the caret instead."""
    picture = visit(PARITY)
    picture.press("ArrowRight", "ArrowRight")
    picture.is_at("forward", 5)
    picture.field.click()
    picture.press("ArrowLeft", "Home", "End", " ")
    picture.is_at("forward", 5)


def test_space_plays_and_pauses(visit: Visit) -> None:
    """A step taken by hand pauses too."""
    picture = visit(PARITY)
    picture.stage.focus()
    play = picture.root.locator("button.play")
    for pause in (" ", "ArrowLeft"):
        picture.press(" ")
        expect(play).to_have_text("Pause")
        picture.press(pause)
        expect(play).to_have_text("Play")


def test_a_click_takes_one_there(visit: Visit) -> None:
    """On a column, on a phase, on the buttons below, along the slider."""
    picture = visit(PARITY)
    picture.click(5)
    picture.is_at("forward", 5)
    # A phase begins where its story does.
    for phase, step in (("loss", 1), ("backward", T), ("forward", 0)):
        picture.root.locator(f"button.{phase}").click()
        picture.is_at(phase, step)
    for name, step in (("To the end", T), ("One step left", T - 1), ("To the start", 0), ("One step right", 1)):
        picture.root.get_by_role("button", name=name, exact=True).click()
        picture.is_at("forward", step)
    picture.slider.focus()
    picture.press("ArrowRight", "ArrowRight")
    picture.is_at("forward", 3)
    picture.slider.fill("2")
    picture.is_at("forward", 2)


def test_play_tells_the_whole_story(visit: Visit) -> None:
    """Forward to the last step, through the losses, back to the start, every step of it; there it stops."""
    picture = visit("/unroll?preset=parity&text=101&phase=forward&step=0")
    told = picture.root.evaluate_handle(
        """(root) => {
            const told = [], look = () => told.push(`${root.dataset.phase} ${root.dataset.step}`);
            new MutationObserver(look).observe(root, { attributeFilter: ["data-step"] });
            return told;
        }"""
    )
    picture.root.get_by_role("combobox", name="Speed").select_option("4")
    play = picture.root.locator("button.play")
    play.click()
    expect(play).to_have_text("Pause")
    expect(play).to_have_text("Play", timeout=20_000)
    picture.is_at("backward", 0)
    steps = [("forward", 1), ("forward", 2), ("forward", 3), ("loss", 1), ("loss", 2), ("loss", 3)]
    steps += [("backward", 3), ("backward", 2), ("backward", 1), ("backward", 0)]
    assert told.json_value() == [f"{phase} {step}" for phase, step in steps]
    play.click()  # from its end the story begins anew
    expect(picture.root).to_have_attribute("data-phase", "forward")


def test_stepping_asks_nothing_of_the_server(visit: Visit) -> None:
    """Keys, phases, clicks and play are the browser's own work: not one message goes out."""
    picture = visit(PARITY)
    before = len(picture.sent)
    assert before, "the count of messages does not work"
    for phase in PHASES:
        picture.go(phase, 2)
    picture.stage.focus()
    picture.press("Home", "End", *["ArrowLeft"] * T, " ")
    picture.click(2)
    picture.page.wait_for_timeout(1000)  # a message held back for a while would be out by now
    assert len(picture.sent) == before
    picture.type("1100")  # and this is what asking looks like
    picture.reads(*"1100")
    assert len(picture.sent) > before


def test_a_swipe_moves_one_step(visit: Visit) -> None:
    """At 390 px with a finger: to the left is onwards, to the right is back, a mere tap no swipe."""
    picture = visit(PARITY, width=390, has_touch=True, is_mobile=True)
    swipe(picture, -120)
    picture.is_at("forward", 4)
    swipe(picture, 120)
    picture.is_at("forward", 3)
    picture.go("backward", 3)
    swipe(picture, 120)
    picture.is_at("backward", 2)


def swipe(picture: Picture, way: int) -> None:
    """A real touch, as a finger makes it: so the browser may take it for a scroll if the page lets it."""
    box = picture.root.locator(".scroller").bounding_box()
    assert box
    touch = picture.page.context.new_cdp_session(picture.page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x - way / 2, "y": y}]})
    for part in range(1, 6):
        point = {"x": x - way / 2 + way * part / 5, "y": y}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@pytest.mark.parametrize("width", [1280, 390])
def test_sixty_steps_stay_in_view(visit: Visit, width: int) -> None:
    """Columns shrink to strips; the current one is open, with its numbers, and scrolling follows it."""
    picture = visit(LONG, width=width)
    expect(picture.columns).to_have_count(61)
    picture.stage.focus()
    for phase in PHASES:
        picture.root.locator(f"button.{phase}").click()
        picture.stage.focus()
        for key, step in (("End", 60), ("ArrowLeft", 59), ("Home", 0), ("ArrowRight", 1)):
            picture.press(key)
            picture.is_at(phase, step)
            picture.until(lambda: is_seen(picture, picture.current.locator("rect.cell")))
            if step:
                expect(picture.current.locator("rect.square + text.number")).to_have_count(6)
                expect(picture.current.locator("text.token").last).to_be_visible()
        picture.slider.fill("31")
        picture.until(lambda: is_seen(picture, picture.current.locator("rect.cell")))
        expect(picture.current.locator("rect.square + text.number")).to_have_count(6)


def is_seen(picture: Picture, what: Locator) -> bool:
    """Whether the whole width of it is inside the part of the scroller that shows."""
    box, frame = what.bounding_box(), picture.root.locator(".scroller").bounding_box()
    assert box
    assert frame
    return box["x"] >= frame["x"] - 1 and box["x"] + box["width"] <= frame["x"] + frame["width"] + 1
