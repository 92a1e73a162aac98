"""The settings that all views of the page Gates share: what is read, and by which network."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.ui.drawn import drawn
from pages.ui.labs import control, level
from pages.ui.language import _
from pages.ui.words import DATA, GATED, INITS
from rnn_core.analysis.gate_settings import GateLab
from rnn_core.inside import BYPASS


def network(lab: GateLab, cells: Sequence[str] = ()) -> None:
    """One row; the rest in a pop-over. cells: those that are shown, where there is none to choose."""
    cell = not cells
    several = _("Of several sequences the maps show the mean, the lines the median.")
    if lab.learned:  # which brings its own
        with st.container(horizontal=True, vertical_alignment="bottom"):
            level(lab)
            if lab.most > 1:
                control(lab, "batch", max_value=lab.most, width=150, help=several)
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if cell:
            control(lab, "cell", st.segmented_control, GATED, width="content")
        control(lab, "data", names=DATA, width=240)
        if lab.data == "text":
            control(lab, "text", width="stretch")
        else:
            control(lab, "length", width=150)
            control(lab, "batch", max_value=lab.most, width=150, help=several)
        with st.popover(_("Network"), icon=":material/tune:"):
            control(lab, "hidden")
            level(lab)
            control(lab, "init", names=INITS)
            control(lab, "gain", step=0.05)
            if lab.cell in BYPASS or not cell:
                control(lab, "keep_bias", step=0.5)
            control(lab, "seed", st.number_input)
    drawn((lab.cell,) if cell else cells, lab, lab.keep_bias)
