"""The page Gates as a person meets it."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from pages.ui.words import GATE_VIEWS
from rnn_core.analysis.gate_settings import GateLab
from rnn_core.analysis.side_by_side import intervened
from tests.browser.conftest import Visit
from tests.browser.test_pages import SCHEMES, WIDTHS, look


def test_a_link_a_slider_and_the_numbers_to_take_away(visit: Visit, tmp_path: Path) -> None:
    """A link in the prose sets the page in place; a slider moves the clamp; what is saved are the core's numbers."""
    page = visit("/gates")
    page.mark()
    page.page.get_by_role("link", name="Hold a memory for twenty steps").click()
    page.until(lambda: page.query().get("clamps") == "f_1_21-40 i_0_21-40")
    page.settle()
    page.was_not_reloaded()
    last = page.page.locator(".st-key-clamp-0-span input[type=range]").nth(1)
    last.focus()
    for end in (41, 42, 43):
        last.press("ArrowRight")
        page.until(lambda end=end: page.query()["clamps"] == f"f_1_21-{end} i_0_21-40")
        page.settle()
    page.settle()
    with page.page.expect_download() as download:
        page.page.locator(".st-key-csv-states").get_by_role("button").first.click()
    download.value.save_as(saved := tmp_path / "states.csv")
    with saved.open() as file:
        rows = list(csv.DictReader(file))
    lab, notices = GateLab.from_query(page.query())
    assert not notices
    c = intervened(lab)[1].trace.states["c"][1:, 0]
    np.testing.assert_array_equal([float(row["with your changes c[3]"]) for row in rows], c[:, 2])


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("view", GATE_VIEWS)
def test_every_view_is_accessible(visit: Visit, view: str, scheme: str) -> None:
    """Wide and narrow: nothing sticks out, no serious barrier, and no figure is blank."""
    page = visit(f"/gates?view={view}", scheme=scheme, reduced_motion="reduce")
    for figure in page.page.locator(".js-plotly-plot").all():
        expect(figure.locator(".cartesianlayer image, .cartesianlayer path").first).to_be_attached()
    for width in WIDTHS:
        look(page, f"gates-{view}-{scheme}-{width}", width)
