"""Back and Forward: each page shows what its address says."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.picture import Picture

NEXT = {
    "gates": ".st-key-GateLab-view",
    "gradients": ".st-key-GradientLab-view",
    "unroll": ".st-key-kind",
}


def chosen(page: Picture, address: str) -> str:
    """Which segment is pressed."""
    pressed = "(nodes) => nodes.find((node) => node.ariaChecked === 'true')?.innerText ?? ''"
    return page.page.locator(f"{NEXT[address]} button").evaluate_all(pressed)


def choose(page: Picture, address: str, number: int) -> str:
    """Another segment; what it is called."""
    before = page.query()
    segment = page.page.locator(f"{NEXT[address]} button").nth(number)
    segment.click()
    page.until(lambda: page.query() != before)
    page.settle()
    return segment.inner_text()


def go(page: Picture, way: str, address: str, wanted: str) -> None:
    getattr(page.page, way)()
    page.settle()
    page.until(lambda: chosen(page, address) == wanted)
    page.settle()


@pytest.mark.parametrize("address", NEXT)
def test_back_restores_what_was_set_before(visit: Visit, address: str) -> None:
    """Setting by setting, to the page as it was opened, and forward again; nothing is loaded anew."""
    page = visit(f"/{address}")
    page.mark()
    first = chosen(page, address)
    second, third = choose(page, address, 1), choose(page, address, 2)
    for way, wanted in (("go_back", second), ("go_back", first), ("go_forward", second), ("go_forward", third)):
        go(page, way, address, wanted)
    page.was_not_reloaded()


def test_back_on_a_page_come_to_by_the_menu(visit: Visit) -> None:
    """The page goes on with what was set; Back leads first to that, then to the page before."""
    page = visit("/gates")
    kept = choose(page, "gates", 2)
    for name in ("Gradients", "Gates"):
        page.page.get_by_test_id("stTopNav").get_by_role("link", name=name).click()
        expect(page.page.get_by_role("heading", level=1)).to_have_text(name)
        page.settle()
    assert chosen(page, "gates") == kept
    choose(page, "gates", 0)
    go(page, "go_back", "gates", kept)
    page.page.go_back()
    expect(page.page.get_by_role("heading", level=1)).to_have_text("Gradients")
    page.settle()


def test_back_to_another_task(visit: Visit) -> None:
    page = visit("/train")
    task = page.page.locator(".st-key-plan-task, .stSelectbox").first
    first = task.locator("input").input_value()
    task.click()
    page.page.get_by_role("option").nth(3).click()
    page.until(lambda: "task" in page.query())
    page.settle()
    page.page.go_back()
    expect(task.locator("input")).to_have_value(first)
    page.settle()
