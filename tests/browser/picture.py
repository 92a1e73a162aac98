"""The unrolled picture as a person meets it: keys, buttons, and the numbers that stand in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import Page, expect

PHASES = ("forward", "loss", "backward")

# Every number drawn in the columns, with what it is the number of (its `tip`), and those of the panels.
READ = """(root) => {
    const numberAfter = (node, kind) => {
        let next = node.nextElementSibling;
        while (next?.matches("path.beyond, rect.hit")) next = next.nextElementSibling;
        return next?.matches(`text.${kind}`) ? next.textContent : null;
    };
    const all = (selector) => [...root.querySelectorAll(selector)];
    const read = (selector, kind) => all(`.columns ${selector}`).filter((node) => node.tip)
        .map((node) => ({ ...node.tip, text: numberAfter(node, kind), shade: node.getAttribute("class") }));
    const texts = (selector) => all(selector).map((node) => node.textContent);
    const column = (node) => Number(node.closest(".column").dataset.t);
    return {
        squares: read("rect.square", "number"),
        gates: read("rect.gate", "number"),
        flows: read("g.arrow", "flownumber"),
        losses: all(".columns .lossnumber").map((node) => ({ t: column(node), text: node.textContent })),
        shares: all(".columns .share").map((node) => ({ t: column(node), text: node.textContent })),
        matrix: texts(".panels .heat text.number"),
        story: texts(".story b"),
    };
}"""


class Picture:
    """One page with its picture. `sent` grows by one for every message to the server."""

    def __init__(self, page: Page, sent: list[object]) -> None:
        self.page, self.sent = page, sent
        self.root = page.locator(".unroll")
        self.stage = self.root.locator(".scroller")  # what takes the keyboard's focus
        self.columns = self.root.locator(".columns .column")
        self.current = self.root.locator(".column.current")
        self.tokens = self.root.locator("rect.input + text")
        self.slider = self.root.locator(".playbar input[type=range]")
        self.figures = page.locator(".js-plotly-plot .main-svg:first-child")
        self.painted = page.locator(".live canvas, .maps .map canvas")
        self.field = page.locator(".st-key-text input")

    def open(self, address: str, language: str | None = "en") -> None:
        """Go to an address; the page is loaded anew."""
        self.page.goto(address + (f"{'&' if '?' in address else '?'}lang={language}" if language else ""))
        self.settle()

    def settle(self) -> None:
        """Wait until the picture, the figures or the curves are drawn and the server has nothing more to say."""
        expect(self.columns.or_(self.figures).or_(self.painted).first).to_be_visible(timeout=20_000)
        self.until(lambda: self.page.get_by_test_id("stApp").get_attribute("data-test-script-state") == "notRunning")

    def until(self, happened: Callable[[], bool]) -> None:
        """Wait for what no locator can express."""
        for _ in range(200):
            if happened():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError("waited ten seconds in vain")

    def is_at(self, phase: str, step: int) -> None:
        expect(self.root).to_have_attribute("data-step", str(step))
        expect(self.root).to_have_attribute("data-phase", phase)
        expect(self.root.locator(f".phase.{phase}")).to_have_attribute("aria-pressed", "true")
        expect(self.current).to_have_attribute("data-t", str(step))
        expect(self.slider).to_have_value(str(step))

    def go(self, phase: str, step: int) -> None:
        self.root.locator(f"button.phase.{phase}").click()
        self.slider.fill(str(step))
        self.is_at(phase, step)

    def click(self, step: int) -> None:
        """On the column of this step, in its empty corner."""
        self.columns.nth(step).locator("rect.place").click(position={"x": 4, "y": 4})

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.field.fill(text)
        self.field.press("Enter")

    def reads(self, *tokens: str) -> None:
        expect(self.tokens).to_have_text(list(tokens))

    def numbers(self) -> dict[str, Any]:
        return self.root.evaluate(READ)

    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.page.url).query))

    def mark(self) -> None:
        """Leave a mark that a reload would wipe away."""
        self.page.evaluate("window.marked = true")

    def was_not_reloaded(self) -> None:
        assert self.page.evaluate("window.marked === true"), "the page was loaded anew"
        assert len(self.page.context.pages) == 1, "a new tab was opened"
