"""Every page, by a cold deep link, in both languages and both themes, wide and narrow."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.picture import PHASES, Picture
from tests.browser.words import DRAWN, LANGUAGES, PAGES, ROOT, say

SCHEMES = ("light", "dark")
WIDTHS = (1280, 390)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("address", PAGES)
def test_a_page_opens_from_a_cold_link(visit: Visit, address: str, language: str, scheme: str) -> None:
    """Title, heading, theme and picture are right, nothing sticks out sideways, and axe finds no serious barrier."""
    picture = visit(f"/{address}", language, scheme=scheme, reduced_motion="reduce")
    page = picture.page
    heading = say(language, PAGES[address]) if address else "Unrolled"
    expect(page).to_have_title(f"{heading} · Unrolled" if address else "Unrolled")
    expect(page.locator("html")).to_have_attribute("lang", language.replace("_", "-"))
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    if address in DRAWN:
        expect(picture.root).to_have_attribute("data-theme", scheme)
        expect(picture.columns).to_have_count(len("hello") + 1)
        picture.reads(*"hello")
    else:
        expect(picture.figures.or_(picture.painted).first).to_be_visible()
    for width in WIDTHS:
        look(picture, f"{address or 'home'}-{language}-{scheme}-{width}", width)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_phase_is_accessible(visit: Visit, scheme: str) -> None:
    """Loss and backward, with a gated cell: no serious barrier, nothing sticks out."""
    picture = visit("/unroll?preset=latch&text=10010110", scheme=scheme, reduced_motion="reduce")
    for phase in PHASES:
        picture.go(phase, 4)
        for width in WIDTHS:
            look(picture, f"unroll-{phase}-{scheme}-{width}", width)


@pytest.mark.parametrize(
    "link",
    [
        "kind=text&text=ab&cell=lstm&hidden=64",
        "kind=numbers&text=123456,-1e6,0.001&cell=rnn-linear&hidden=3",
        "kind=bits&text=" + "01" * 30 + "&cell=gru&hidden=16",
    ],
)
def test_no_network_breaks_out_of_a_narrow_window(visit: Visit, link: str) -> None:
    """At 390 px with many units, long numbers, many steps: in every phase all stays within the page."""
    picture = visit(f"/unroll?{link}", width=390, reduced_motion="reduce")
    for phase in PHASES:
        picture.go(phase, 2)
        assert sticks_out(picture) <= 0


@pytest.mark.parametrize(("locale", "language"), [("zh-CN", "zh_CN"), ("fr-FR", "en")])
def test_without_a_word_in_the_link_the_browser_chooses(visit: Visit, locale: str, language: str) -> None:
    """A Chinese browser gets Chinese, any other English."""
    picture = visit("/unroll", language=None, locale=locale)
    expect(picture.page.get_by_role("heading", level=1)).to_have_text(say(language, "Unroll"))


def test_the_small_picture_reads_on_by_itself(visit: Visit) -> None:
    """Home's network steps without being asked, unless the visitor prefers stillness."""
    moving = visit("/")
    first = moving.root.get_attribute("data-step")
    moving.until(lambda: moving.root.get_attribute("data-step") != first)
    still = visit("/", reduced_motion="reduce")
    expect(still.root).to_have_attribute("data-step", "5")


@pytest.mark.parametrize("language", LANGUAGES)
def test_home_leads_into_every_page(visit: Visit, language: str) -> None:
    """Its links open each page in place, in the same language."""
    for address in filter(None, PAGES):
        picture = visit("/", language)
        picture.mark()
        picture.page.locator(f'[data-testid=stPageLink] a[href*="{address}"]').click()
        expect(picture.page.get_by_role("heading", level=1)).to_have_text(say(language, PAGES[address]))
        picture.was_not_reloaded()


def look(picture: Picture, name: str, width: int) -> None:
    """At this width: keep a screenshot of the whole page, in a window as tall as what it shows; then judge it."""
    page = picture.page
    page.set_viewport_size({"width": width, "height": 900})
    tall = page.get_by_test_id("stMain").evaluate("(main) => main.scrollHeight")
    page.set_viewport_size({"width": width, "height": max(900, tall)})
    page.screenshot(path=ROOT / "screenshots" / f"{name}.png")
    assert sticks_out(picture) <= 0
    assert barriers(picture) == []


def sticks_out(picture: Picture) -> float:
    """By how many pixels the widest of document, main area, picture and panels is too wide for its place."""
    return picture.page.evaluate(
        """() => {
            const roots = [...document.querySelectorAll("*")].map((node) => node.shadowRoot).filter(Boolean);
            const inside = roots.flatMap((root) => [...root.querySelectorAll(".unroll, .panel")]);
            const outside = ["html", ".stMain", ".stMainBlockContainer"].map((name) => document.querySelector(name));
            return Math.max(...[...outside, ...inside].map((node) =>
                Math.max(node.scrollWidth - node.clientWidth, node.getBoundingClientRect().right - innerWidth)));
        }"""
    )


def barriers(picture: Picture) -> list[str]:
    """Serious and critical violations in the main area, the picture's shadow root included."""
    found = Axe().run(picture.page, context={"include": [["[data-testid=stMain]"]]}).response["violations"]
    return [
        f"{rule['id']}: {node['target']} {node['html'][:120]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]
