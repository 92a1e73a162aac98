"""The page Gradients as a person meets it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from pages.ui.words import VIEWS
from rnn_core.analysis.flow import flow, median
from rnn_core.analysis.gradients import GradientLab
from tests.browser.conftest import Visit
from tests.browser.laboratory import follow, look_everywhere, slide, taken_away


def test_a_link_a_slider_and_the_numbers_to_take_away(visit: Visit, tmp_path: Path) -> None:
    """A link in the prose sets the page in place; a slider redraws; what is saved are the core's numbers."""
    page = visit("/gradients")
    follow(page, "Give the LSTM a forget bias of 5", keep_bias="5")
    slide(page, "GradientLab-scale", "scale", "0.85", "0.9")
    rows = taken_away(page, "gradients", tmp_path)
    lab, notices = GradientLab.from_query(page.query())
    assert not notices
    params, trace = lab.trace("lstm")
    wanted = median(flow(trace, params, lab.d_h("lstm", trace)).states["c"])
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


def test_the_unrolled_network_is_to_look_at(visit: Visit) -> None:
    """Nothing in it can be changed, and nothing says that it could; an entry of its weights is read by key."""
    page = visit("/gradients?view=unrolled")
    page.go("forward", 0)
    page.root.locator(".inside > summary").click()
    page.root.locator(".weights > summary").click()
    expect(page.root.locator(".initial")).to_have_count(1)
    expect(page.root.locator(".chosenline .entry")).to_have_count(0)
    for promise in ("by hand", "change", "Update"):
        expect(page.root).not_to_contain_text(promise)
    page.root.locator(".weights .pair").first.focus()
    page.press("ArrowUp", "Enter")
    expect(page.root.locator(".chosenline .entry")).to_have_count(2)
    expect(page.root.locator(".weight, .reset")).to_have_count(0)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_accessible(visit: Visit, view: str) -> None:
    """Wide and narrow."""
    page = visit(f"/gradients?view={view}", reduced_motion="reduce")
    look_everywhere(page, f"gradients-{view}")
