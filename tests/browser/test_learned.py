"""From a training into the other rooms: the network of a moment, with its own numbers on screen."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.sync_api import expect

from rnn_core import Experiment
from rnn_core.training.learned import Learned, Moment
from rnn_core.training.run import Run
from tests.browser.conftest import Visit
from tests.browser.laboratory import look_everywhere
from tests.browser.picture import PHASES, Picture
from tests.browser.test_numbers import Truth, compare
from tests.browser.test_pages import look
from tests.browser.test_train import Training

SETTINGS = {"length": 12, "hidden": 6, "batch": 4, "budget": 60}


def trained(visit: Visit, task: str) -> Training:
    """To the end of its budget, on the page Train."""
    there = Training(visit(f"/train?task={task}&cell=gru&" + "&".join(f"{name}={v}" for name, v in SETTINGS.items())))
    there.start()
    expect(there.models.first).to_have_attribute("data-state", "spent", timeout=60_000)
    return there


def the_same(task: str) -> Learned:
    """Made in this process."""
    run = Run(Experiment.from_task(task, "gru", **SETTINGS), "numpy")
    run.take(SETTINGS["budget"])
    return Learned.of(run, Moment("here", 0, run.made))


def into(there: Training, room: str) -> Picture:
    """By the link under the picture of the training."""
    there.root.locator(f"nav a[data-to={room}]").click()
    there.page.until(lambda: f"/{room}?" in there.page.page.url)
    there.page.settle()
    return there.page


def test_its_numbers_are_the_runs(visit: Visit) -> None:
    """States, gates, gradients, losses and the story, forwards and back; of another sequence of its exam too."""
    there, it = trained(visit, "brackets"), the_same("brackets")
    page = into(there, "unroll")
    for sequence in (it.exam.longest, 1):
        page.page.get_by_label("Sequence of the held-out set").fill(str(sequence + 1))
        page.press("Enter")
        page.settle()
        truth = Truth(it.model, *it.read(sequence))
        page.reads(*truth.reading.tokens)
        for phase in PHASES:
            for t in (0, truth.T // 2, truth.T):
                page.go(phase, t)
                compare(page.numbers(), truth, phase, t)


def test_one_goes_from_room_to_room_and_back(visit: Visit) -> None:
    """In place, and always to the same moment; then on with one's own."""
    there = trained(visit, "parity")
    there.page.mark()
    page = into(there, "unroll")
    for room, leads in (("Gates", "/gates?"), ("Gradients", "/gradients?"), ("Unroll", "/unroll?")):
        page.page.get_by_role("link", name=f"In {room}").click()
        page.until(lambda leads=leads: leads in page.page.url)
        page.settle()
        expect(page.page.get_by_text("after update 60 of the task")).to_be_visible()
        assert page.query()["update"] == "60"
    page.page.get_by_role("button", name="Your own sequence").click()
    page.reads(*"hello")
    assert "run" not in page.query()
    page.page.go_back()
    page.was_not_reloaded()


@pytest.mark.parametrize("room", ["unroll", "gates", "gradients"])
def test_one_press_leads_back_to_the_training(visit: Visit, room: str) -> None:
    """From any room, and forward again; nothing is loaded anew. What would be written over the link that one came by
    would be a step more."""
    there = trained(visit, "parity")
    there.page.mark()
    page = into(there, room)
    address = page.page.url
    assert page.query().keys() == {"run", "model", "update", "lang"}
    page.page.go_back()
    page.until(lambda: "/train?" in page.page.url)
    there.reached(60)
    page.page.go_forward()
    page.until(lambda: page.page.url == address)
    expect(page.page.get_by_text("after update 60 of the task")).to_be_visible()
    page.was_not_reloaded()


@pytest.mark.parametrize(("task", "scheme"), [("flip-flop", "light"), ("reber", "dark")])
def test_it_is_accessible(visit: Visit, task: str, scheme: Literal["light", "dark"]) -> None:
    """In every phase and room, wide and narrow."""
    there = trained(visit, task)
    there.page.page.emulate_media(color_scheme=scheme)
    page = into(there, "unroll")
    address = page.page.url.split("/", 3)[3]
    for phase in PHASES:
        page.go(phase, 4)
        for width in (1280, 390):
            look(page, f"learned-{task}-{phase}-{scheme}-{width}", width)
    for room in ("gates", "gradients"):
        page.page.goto(f"/{room}?{address.split('?')[1]}")
        page.settle()
        look_everywhere(page, f"learned-{task}-{room}-{scheme}")
