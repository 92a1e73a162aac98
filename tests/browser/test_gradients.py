"""The page Gradients as a person meets it."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from pages.ui.words import VIEWS
from rnn_core.analysis.flow import flow, median
from rnn_core.analysis.gradients import GradientLab
from tests.browser.conftest import Visit
from tests.browser.test_pages import WIDTHS, look


def test_a_link_a_slider_and_the_numbers_to_take_away(visit: Visit, tmp_path: Path) -> None:
    """A link in the prose sets the page in place; a slider redraws; what is saved are the core's numbers."""
    page = visit("/gradients")
    page.mark()
    page.page.get_by_role("link", name="Give the LSTM a forget bias of 5").click()
    page.until(lambda: page.query().get("keep_bias") == "5")
    page.settle()
    page.was_not_reloaded()
    slider = page.page.locator(".st-key-GradientLab-scale input[type=range]")
    slider.focus()
    for _ in range(2):
        slider.press("ArrowRight")
    page.until(lambda: page.query().get("scale") == "0.9")
    page.settle()
    with page.page.expect_download() as download:
        page.page.locator(".st-key-csv-gradients button").first.click()
    download.value.save_as(saved := tmp_path / "gradients.csv")
    with saved.open() as file:
        rows = list(csv.DictReader(file))
    lab, notices = GradientLab.from_query(page.query())
    assert not notices
    params, trace = lab.trace("lstm")
    wanted = median(flow(trace, params, lab.d_h(params, trace)).states["c"])
    np.testing.assert_array_equal([float(row["log10 LSTM: c"]) for row in rows], wanted)


@pytest.mark.parametrize("kind", ["SVG", "PNG"])
def test_a_figure_is_saved(visit: Visit, kind: str, tmp_path: Path) -> None:
    """As the camera is told."""
    page = visit("/gradients?view=ways&cell=lstm")
    page.page.locator(".st-key-save-ways").get_by_role("button", name=kind).or_(
        page.page.locator(".st-key-save-ways").get_by_text(kind, exact=True)
    ).first.click()
    page.settle()
    with page.page.expect_download() as download:
        page.page.locator(".modebar-btn").first.click()
    assert download.value.suggested_filename == f"ways.{kind.lower()}"
    download.value.save_as(saved := tmp_path / "picture")
    assert saved.read_bytes().startswith(b"<svg" if kind == "SVG" else b"\x89PNG")


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_accessible(visit: Visit, view: str) -> None:
    """Wide and narrow: nothing sticks out, no serious barrier, and no figure is blank."""
    page = visit(f"/gradients?view={view}", reduced_motion="reduce")
    for figure in page.page.locator(".js-plotly-plot").all():
        drawn = figure.locator(".cartesianlayer image, .cartesianlayer path, .gl-container canvas")
        expect(drawn.first).to_be_attached()
    for width in WIDTHS:
        look(page, f"gradients-{view}-{width}", width)
