"""The settings that most views of the page Gradients share: which networks, how they begin, and what they read."""

from __future__ import annotations

import streamlit as st

from pages.ui.drawn import drawn
from pages.ui.labs import control, level
from pages.ui.language import _
from pages.ui.words import DATA, INITS, LOSS_PLACES, MEASURES, NETWORKS, OWN_LOSS_PLACES
from rnn_core.analysis.gradients import GradientLab


def networks(lab: GradientLab, several: bool = False) -> None:
    """What is compared, and how it begins; of a learned network, where its loss is."""
    if lab.learned:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            level(lab)
            control(lab, "loss", names=OWN_LOSS_PLACES, width=260)
        return
    irnn = _("IRNN: a ReLU network whose W_hh begins as the identity, times the gain (Le, Jaitly and Hinton, 2015).")
    scale = _(
        "Gain: all of W_hh is multiplied by this number. Spectral radius: W_hh is scaled until ρ(W_hh), the largest "
        "absolute value of its eigenvalues, is this number."
    )
    control(lab, "cells" if several else "cell", st.pills, NETWORKS, help=irnn)
    left, right = st.columns([3, 2], gap="large")
    with left:
        plain, gated = st.columns(2)
        with plain:
            control(lab, "measure", st.segmented_control, MEASURES, label_visibility="collapsed", width="content")
            control(lab, "scale", step=0.05, help=scale)
        with gated:
            control(lab, "keep_bias", step=0.25)
            control(lab, "init", names=INITS)
    with right:
        if lab.data != "text":  # which is as long as it is
            control(lab, "length")
        one, two = st.columns(2)
        with one:
            control(lab, "hidden")
            control(lab, "seed", st.number_input)
            level(lab)
        with two:
            control(lab, "data", names=DATA)
            control(lab, "loss", names=LOSS_PLACES)
    if lab.data == "text":
        control(lab, "text")
    drawn(lab.cells if several else (lab.cell,), lab, lab.keep_bias)
