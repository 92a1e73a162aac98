"""The page Gates as a person meets it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pages.ui.words import GATE_VIEWS
from rnn_core.analysis.gate_settings import GateLab
from rnn_core.analysis.side_by_side import intervened
from tests.browser.conftest import Visit
from tests.browser.laboratory import follow, look_everywhere, slide, taken_away
from tests.browser.test_pages import SCHEMES


def test_a_link_a_slider_and_the_numbers_to_take_away(visit: Visit, tmp_path: Path) -> None:
    """A link in the prose sets the page in place; a slider moves the clamp; what is saved are the core's numbers."""
    page = visit("/gates")
    follow(page, "Hold a memory for twenty steps", clamps="f_1_21-40 i_0_21-40")
    slide(page, "clamp-0-span", "clamps", *(f"f_1_21-{end} i_0_21-40" for end in (41, 42, 43)), handle=1)
    rows = taken_away(page, "states", tmp_path)
    lab, notices = GateLab.from_query(page.query())
    assert not notices
    c = intervened(lab)[1].trace.states["c"][1:, 0]
    np.testing.assert_array_equal([float(row["with your changes c[3]"]) for row in rows], c[:, 2])


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("view", GATE_VIEWS)
def test_every_view_is_accessible(visit: Visit, view: str, scheme: str) -> None:
    """Wide and narrow, in both themes."""
    page = visit(f"/gates?view={view}", scheme=scheme, reduced_motion="reduce")
    look_everywhere(page, f"gates-{view}-{scheme}")
