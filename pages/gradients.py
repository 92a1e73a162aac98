"""Gradients: watch one die on its way back through time, see why, and cure it."""

from typing import Any

import streamlit as st

from pages.figures import cures, gradients
from pages.ui.denormals import denormals
from pages.ui.figure import draw, is_dark
from pages.ui.gradient_question import ask
from pages.ui.labs import control, current_lab, say
from pages.ui.language import _
from pages.ui.lesson import lesson
from pages.ui.stepper import stepper
from pages.ui.words import DATA, INITS, LOSS_PLACES, MEASURES, NETWORKS, VIEWS, words_for
from rnn_core.analysis.bounds import factors
from rnn_core.analysis.gradients import GradientLab
from rnn_core.analysis.phase import phase
from rnn_core.analysis.sweep import Sweep
from rnn_core.experiment import Experiment
from rnn_core.invalid import Invalid
from rnn_core.scene import Scene


def networks(lab: GradientLab, several: bool = False) -> None:
    """What is compared, and how it begins."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        control(lab, "cells" if several else "cell", st.pills, NETWORKS)
        plain, gated = st.columns(2)
        with plain:
            control(lab, "measure", st.segmented_control, MEASURES, label_visibility="collapsed", width="content")
            control(lab, "scale", step=0.05)
        with gated:
            control(lab, "keep_bias", step=0.25)
            control(lab, "init", names=INITS)
    with right:
        control(lab, "length")
        one, two = st.columns(2)
        with one:
            control(lab, "hidden")
            control(lab, "seed", st.number_input)
        with two:
            control(lab, "data", names=DATA)
            control(lab, "loss", names=LOSS_PLACES)
    if lab.data == "text":
        control(lab, "text", st.text_input)


def norms(lab: GradientLab) -> None:
    networks(lab, several=True)
    draw(gradients.norms(lab, is_dark(), _))
    draw(gradients.stretches(lab, is_dark(), _))


def jacobians(lab: GradientLab) -> None:
    networks(lab)
    control(lab, "example")
    if lab.example:
        lesson("gradients", "example")
    found = factors(*lab.jacobian_trace())
    named = {"ρ(W_hh)": found.radius, "σ_max·max|φ′|": found.bound, _("measured"): found.measured}
    known = {name: factor for name, factor in named.items() if factor is not None}
    for column, (name, factor) in zip(st.columns(len(known)), known.items(), strict=True):
        column.metric(name, f"{factor:.4g}", help=_("The factor of one step."))
    control(lab, "spectrum")
    draw(gradients.spectrum(lab, is_dark(), _))


def itemised(lab: GradientLab) -> None:
    networks(lab)
    draw((gradients.ways if lab.view == "ways" else gradients.triangle)(lab, is_dark(), _))


def phase_diagram(lab: GradientLab) -> None:
    control(lab, "cell", st.pills, {name: called for name, called in NETWORKS.items() if name != "irnn"})
    control(lab, "seed", st.number_input, width=200)
    sweep = Sweep(cell="rnn" if lab.cell == "irnn" else lab.cell, seed=lab.seed)
    draw(cures.phase_diagram(computed(sweep), is_dark(), _))


@st.cache_resource(max_entries=20, show_spinner=False)
def computed(sweep: Sweep):
    """Shared by all visitors."""
    return phase(sweep)


def cliff(lab: GradientLab) -> None:
    for field, column in zip(("w", "b", "lr", "clip"), st.columns(4), strict=True):
        with column:
            control(lab, field, step=0.01)
    control(lab, "update")
    above, space, loss = cures.cliff_drawings(lab, is_dark(), _)
    left, right = st.columns(2)
    with left:
        draw(above)
    with right:
        draw(space)
    draw(loss)


def all_cures(lab: GradientLab) -> None:
    networks(lab)
    draw(cures.precision(lab, is_dark(), _))
    try:
        draw(cures.truncated(lab, is_dark(), _))
    except Invalid as problem:  # a long sequence times many units
        st.text(words_for(problem))
    control(lab, "clip", step=0.01)
    drawing, before, after = cures.clipped(lab, is_dark(), _)
    st.write(
        _("The gradient of this update is {before} long; clipped, {after}.").format(
            before=f"{before:.4g}", after=f"{after:.4g}"
        )
    )
    draw(drawing)
    denormals()


def unrolled(lab: GradientLab) -> None:
    control(lab, "text", st.text_input)
    cell = "rnn-relu" if lab.cell == "irnn" else lab.cell
    given: dict[str, Any] = {"forget_bias": lab.keep_bias} if cell == "lstm" else {"gain": lab.scale}
    scene = Scene(
        Experiment(text=lab.text, cell=cell, hidden=min(lab.hidden, 16), init=lab.init, seed=lab.seed, **given),
        "backward",
        1,
    )
    stepper(scene, visit=f"{cell} {lab.text}", fixed=True)


SHOW = {
    "norms": norms, "jacobians": jacobians, "itemised": itemised, "ways": itemised,
    "phase": phase_diagram, "cliff": cliff, "cures": all_cures, "unrolled": unrolled,
}  # fmt: skip


@st.fragment
def laboratory() -> None:
    lab = current_lab(GradientLab)
    control(lab, "view", st.segmented_control, VIEWS, label_visibility="collapsed")
    say()
    lesson("gradients", lab.view)
    SHOW[lab.view](lab)
    ask(lab)


lesson("gradients", "intro")
laboratory()
lesson("gradients", "try")
