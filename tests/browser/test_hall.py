"""A lecture hall: one figure, large, by keys alone; and back again."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.picture import Picture

SHOWN = """() => [...document.querySelectorAll('[data-testid="stElementContainer"]')]
    .filter((node) => node.offsetParent && node.getBoundingClientRect().height > 2)
    .map((node) => node.className.match(/st-key-(\\S+)/)?.[1] ?? node.firstElementChild?.dataset.testid)"""


def shown(picture: Picture) -> list[str]:
    return picture.page.evaluate(SHOWN)


def test_nothing_but_the_picture_is_shown(visit: Visit) -> None:
    """Larger than at other times, no menu, no settings; arrows step, and Escape leads back to the page as it was."""
    usual = visit("/unroll?text=banana&step=2")
    large = visit("/unroll?text=banana&step=2&present=1")
    assert shown(large) == ["picture"]
    assert not large.page.get_by_test_id("stHeader").is_visible()
    size = "(node) => node.getBoundingClientRect().height"
    assert large.root.locator(".playbar").evaluate(size) > 1.3 * usual.root.locator(".playbar").evaluate(size)
    large.press("ArrowRight")
    large.is_at("forward", 3)
    large.press("Escape")
    large.page.wait_for_url(re.compile("^(?!.*present)"))
    large.settle()
    expect(large.field).to_have_value("banana")


@pytest.mark.parametrize(("page", "figures"), [("gates", 3), ("gradients?view=cliff", 3)])
def test_keys_turn_from_figure_to_figure(visit: Visit, page: str, figures: int) -> None:
    """Each with its name; past the last and the first there is nothing."""
    large = visit(f"/{page}{'&' if '?' in page else '?'}present=1")
    names = []
    for _ in range(figures):
        (name,) = {each for each in shown(large) if each != "stMarkdown"}
        assert "stMarkdown" in shown(large)
        names.append(name)
        large.press("PageDown")
        large.page.wait_for_timeout(300)
    assert len(set(names)) == figures
    assert names[-1] in shown(large)
    for _ in range(figures):
        large.press("PageUp")
    assert names[0] in shown(large)


def test_a_change_keeps_it_large(visit: Visit) -> None:
    """An update made in the picture writes another address: the page stays as it is shown."""
    large = visit("/unroll?text=abba&phase=update&present=1")
    large.root.locator(".updates button").first.click()
    large.until(lambda: "changes" in large.query())
    assert large.query()["present"] == "1"
    assert shown(large) == ["picture"]


def test_training_can_be_started_there(visit: Visit) -> None:
    large = visit("/train?task=parity&budget=200&present=1")
    large.page.get_by_role("button", name="Start").click()
    expect(large.page.locator(".live tr.model").first).not_to_have_attribute("data-update", "0", timeout=20_000)


def test_the_way_there_is_beside_the_link(visit: Visit) -> None:
    picture = visit("/unroll?text=abba")
    picture.root.locator("button.share").click()
    link = picture.root.locator(".sharebox a.large").get_attribute("href")
    assert link
    assert shown(visit(link, language=None)) == ["picture"]
