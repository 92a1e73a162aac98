"""A page of figures as a person uses it: a link in its prose, a slider, the numbers to take away, a look at it all."""

from __future__ import annotations

import csv
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.picture import Picture
from tests.browser.test_pages import WIDTHS, look

# How many colours a canvas has.
COLOURS = """(canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
}"""


def follow(page: Picture, link: str, **wanted: str) -> None:
    """A link in the prose sets the page in place, the address says so, and the view's top is in sight."""
    page.mark()
    page.page.get_by_role("link", name=link).click()
    page.until(lambda: wanted.items() <= page.query().items())
    page.settle()
    page.was_not_reloaded()
    assert page.page.get_by_test_id("stMain").evaluate("main => main.scrollTop") == 0


def slide(page: Picture, name: str, setting: str, *values: str, handle: int = 0) -> None:
    """One key to the right for each of the values that the address is to show in turn."""
    slider = page.page.locator(f".st-key-{name} input[type=range]").nth(handle)
    for value in values:
        slider.press("ArrowRight")
        page.until(lambda value=value: page.query().get(setting) == value)
        page.settle()


def taken_away(page: Picture, figure: str, folder: Path) -> list[dict[str, str]]:
    """The rows of the figure's CSV."""
    with page.page.expect_download() as download:
        page.page.locator(f".st-key-csv-{figure}").get_by_role("button").first.click()
    download.value.save_as(saved := folder / f"{figure}.csv")
    with saved.open() as file:
        return list(csv.DictReader(file))


def look_everywhere(page: Picture, name: str) -> None:
    """No figure is blank; wide and narrow nothing sticks out and there is no serious barrier."""
    for figure in page.page.locator(".js-plotly-plot").all():
        drawn = figure.locator(".cartesianlayer image, .cartesianlayer path, .gl-container canvas")
        expect(drawn.first).to_be_attached()
    for canvas in page.page.locator(":is(.maps, .bars) .paper:not([hidden] *) canvas").all():
        page.until(lambda canvas=canvas: canvas.evaluate(COLOURS) > 2)
    for width in WIDTHS:
        look(page, f"{name}-{width}", width)
