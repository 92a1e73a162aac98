"""Training in the browser, as a learner does it: start, watch, steer, go back, leave and come again."""

from __future__ import annotations

import os
from collections.abc import Callable
from time import perf_counter
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from rnn_core import Experiment, tasks
from rnn_core.training import Run
from tests.browser.conftest import Visit
from tests.browser.laboratory import look_everywhere
from tests.browser.picture import Picture
from tests.browser.words import LANGUAGES, say

SLOW = "train?task=adding&length=100&cell=gru&hidden=64&batch=64"  # does not end while a test looks
LONG = 60_000
FULL = bool(os.environ.get("UNROLLED_FULL"))


class Training:
    """The live picture on a page."""

    def __init__(self, page: Picture, language: str = "en") -> None:
        self.page, self.language = page, language
        self.root = page.page.locator(".live")
        self.models = self.root.locator("tr.model")

    def press(self, button: str) -> None:
        self.button(button).click()

    def button(self, name: str) -> Locator:
        return self.page.page.get_by_role("button", name=say(self.language, name), exact=False).first

    def start(self) -> None:
        self.press("Start")
        self.reached(1)

    def number(self, name: str, model: int = 0) -> float:
        return float(self.models.nth(model).get_attribute(f"data-{name}") or "nan")

    @property
    def update(self) -> int:
        return int(self.number("update"))

    def reached(self, update: int) -> None:
        for _ in range(600):
            if self.models.count() and self.number("update") >= update:
                return
            self.page.page.wait_for_timeout(50)
        raise AssertionError(f"at update {self.models.first.get_attribute('data-update')}, not {update}")

    def stands(self) -> int:
        """Paused: the update at which it stays."""
        expect(self.root).to_have_attribute("data-state", "paused")
        before = self.update
        self.page.page.wait_for_timeout(500)
        assert self.update == before
        return before


Open = Callable[..., Training]


@pytest.fixture
def train(visit: Visit) -> Open:
    def open_page(address: str = "train", language: str = "en", **more: Any) -> Training:
        return Training(visit(f"/{address}", language, **more), language)

    return open_page


def losses(updates: int) -> list[float]:
    """What a Run with the settings of SLOW makes, in this process."""
    run = Run(Experiment.from_task("adding", "gru", length=100, hidden=64, batch=64), "numpy")
    run.take(updates)
    return run.history.losses


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_newcomer_sees_it_learn(train: Open, language: str) -> None:
    """One press, and the task that stands there is solved and said to be."""
    here = train(language=language)
    here.start()
    expect(here.models.first).to_have_attribute("data-state", "solved", timeout=LONG)
    update = here.models.first.get_attribute("data-solved")
    said = say(language, "{model} solved it after {update} updates.", model="GRU", update=update)
    expect(here.root).to_contain_text(said)
    expect(here.button("Go on")).to_be_visible()
    look_everywhere(here.page, f"train-solved-{language}")


def test_the_numbers_are_the_runs(train: Open) -> None:
    """Paused, stepped and rewound: the loss on the page is the Run's, to the last bit."""
    here = train(SLOW)
    here.start()
    here.press("Pause")
    at = here.stands()
    known = losses(at + 2)
    assert here.number("loss") == known[at - 1]
    for more in (1, 2):
        here.press("One update")
        here.reached(at + more)
        assert here.update == at + more
        assert here.number("loss") == known[at + more - 1]
    here.press("Rewind")
    expect(here.models.first).to_have_attribute("data-update", "0")
    here.press("One update")
    here.reached(1)
    assert here.number("loss") == known[0]


def test_no_chart_is_ever_made_anew(train: Open) -> None:
    """The same canvases over a hundred updates, a pause, another learning rate and going on."""
    here = train(SLOW + "&lr=0.001")
    here.start()
    mark = "(root) => [...root.querySelectorAll('canvas')].forEach((node, k) => (node.mark = k + 1))"
    marks = "(root) => [...root.querySelectorAll('canvas')].map((node) => node.mark)"
    here.root.evaluate(mark)
    before = here.root.evaluate(marks)
    assert before
    here.press("Pause")
    here.stands()
    rate = here.page.page.get_by_label("Learning rate")
    rate.fill("0.002")
    rate.press("Enter")
    expect(here.models.first).to_have_attribute("data-lr", "0.002")
    here.press("Go on")
    here.reached(here.update + 100)
    assert here.root.evaluate(marks)[: len(before)] == before


def test_it_goes_on_after_a_reload(train: Open) -> None:
    """From the exact update, with the same losses, and still steered by its owner."""
    here = train(SLOW)
    here.start()
    here.page.page.reload()
    here.reached(2)
    here.press("Pause")
    at = here.stands()
    assert here.number("loss") == losses(at)[-1]


def test_it_goes_on_after_a_lost_connection(train: Open) -> None:
    here = train(SLOW)
    here.start()
    here.page.page.context.set_offline(True)
    here.page.page.wait_for_timeout(3000)
    here.page.page.context.set_offline(False)
    here.reached(here.update + 5)
    expect(here.button("Pause")).to_be_visible(timeout=LONG)
    here.press("Pause")
    at = here.stands()
    assert here.number("loss") == losses(at)[-1]


SHORT = "train?task=parity&cell=gru&length=12&hidden=6&batch=4&budget=60"


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_a_larger_budget_prolongs_it(train: Open, schedule: str) -> None:
    """Where the learning rate does not go by it; else it is said why not, and Start begins anew."""
    here = train(f"{SHORT}&schedule={schedule}")
    here.start()
    expect(here.models.first).to_have_attribute("data-state", "spent", timeout=LONG)
    expect(here.button("Go on")).to_be_disabled()
    here.press("Training")
    budget = here.page.page.get_by_label("Budget of updates")
    budget.fill("130")
    budget.press("Enter")
    if schedule == "constant":
        expect(here.button("Go on")).to_be_enabled()
        here.page.page.keyboard.press("Escape")
        here.press("Go on")
        here.reached(130)
        expect(here.models.first).to_have_attribute("data-state", "spent")
        assert here.page.query()["budget"] == "130"
    else:
        expect(here.page.page.get_by_text("The learning rate goes down over the budget").last).to_be_visible()
        expect(here.button("Start")).to_be_visible()


def test_others_watch_and_only_the_owner_steers(train: Open) -> None:
    here = train(SLOW)
    here.start()
    there = train(here.page.page.url.split("/", 3)[3])
    there.reached(1)
    expect(there.button("Pause")).to_have_count(0)
    expect(there.button("Start")).to_be_visible()
    here.press("Pause")
    at = here.stands()
    expect(there.models.first).to_have_attribute("data-update", str(at))
    assert there.number("loss") == here.number("loss")


def test_an_earlier_moment_can_be_opened(train: Open) -> None:
    """The slider goes back, and a link opens the network of that moment in Unroll."""
    here = train("train?task=parity&cell=gru")
    here.start()
    expect(here.models.first).to_have_attribute("data-state", "solved", timeout=LONG)
    here.page.mark()
    moment = here.root.locator("#moment")
    moment.fill("20")
    link = here.root.locator("a[data-to=unroll]")
    assert "update=20" in (link.get_attribute("href") or "")
    link.click()
    here.page.until(lambda: here.page.query().get("update") == "20")
    expect(here.page.columns.first).to_be_visible()
    here.page.was_not_reloaded()


@pytest.mark.timeout(3600 if FULL else 300)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_task_is_trained_from_the_page(train: Open, language: str) -> None:
    """By its recipe: it starts, learns and shows its numbers, one task after the other; at full size until solved."""
    here = train(language=language)
    for task in tasks.names():
        here.page.page.goto(f"/train?task={task}&lang={language}")
        expect(here.button("Start")).to_be_visible()
        began = perf_counter()
        here.start()
        assert here.number("loss") > 0, task
        expect(here.root.locator("canvas").first).to_be_visible()
        if FULL:
            expect(here.root).to_have_attribute("data-state", "ended", timeout=20 * LONG)
            print(f"{task}: {here.update} updates, {perf_counter() - began:.0f} s")
            expect(here.models.first).to_have_attribute("data-state", "solved")


EXPLOSIVE = ("task=adding&cell=rnn-linear&lr=100&clip=None", "task=sine&cell=rnn-linear&lr=100&clip=None")


@pytest.mark.parametrize("link", EXPLOSIVE)
def test_what_explodes_is_said(train: Open, link: str) -> None:
    """A sentence, the last good numbers, and no more."""
    here = train(f"train?{link}")
    here.press("Start")
    expect(here.models.first).to_have_attribute("data-state", "diverged", timeout=LONG)
    expect(here.root.locator(".said")).to_contain_text("exploded")
