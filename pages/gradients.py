"""Gradients: watch one die on its way back through time, see why, and cure it."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from pages.figures import cures, gradients
from pages.figures.cliff import descents
from pages.figures.phase import diagram
from pages.ui.denormals import denormals
from pages.ui.failure import guarded
from pages.ui.figure import draw, is_dark
from pages.ui.gradient_network import networks
from pages.ui.gradient_question import of_a_phase, of_a_step, of_descents
from pages.ui.labs import about_learned, control, current_lab, say
from pages.ui.language import _
from pages.ui.lesson import lesson
from pages.ui.stepper import stepper
from pages.ui.words import CELLS, NETWORKS, VIEWS
from rnn_core.analysis.bounds import factors
from rnn_core.analysis.gradients import GradientLab
from rnn_core.analysis.phase import phase
from rnn_core.analysis.sweep import Sweep
from rnn_core.scene import Scene

Question = Callable[[], None] | None


def norms(lab: GradientLab) -> Question:
    networks(lab, several=True)
    names = {cell: _(NETWORKS[cell]) for cell in lab.cells}
    read = {cell: lab.trace(cell) for cell in lab.cells}
    draw(gradients.norms(lab, read, is_dark(), _, names))
    draw(gradients.stretches(read, is_dark(), _, names))
    return partial(of_a_step, lab, lab.cells[0])


def jacobians(lab: GradientLab) -> Question:
    if not lab.learned:
        control(lab, "example")
    if lab.example:
        lesson("gradients", "example")
    else:
        networks(lab)
    found = factors(*lab.jacobian_trace())
    radius = _("Spectral radius: the largest absolute value of W_hh's eigenvalues.")
    bound = _("σ_max: how far W_hh stretches a vector at most. max|φ′|: how steep the activation is at most.")
    fitted = _("The factor of one step that fits the measured curve best.")
    numbers = (
        ("ρ(W_hh)", found.radius, radius),
        ("σ_max·max|φ′|", found.bound, bound),
        (_("measured"), found.measured, fitted),
    )
    known = [each for each in numbers if each[1] is not None]
    for column, (name, factor, told) in zip(st.columns(len(known)), known, strict=True):
        column.metric(name, f"{factor:.4g}", help=told)
    control(lab, "spectrum")
    draw(gradients.spectrum(lab, is_dark(), _))
    return partial(of_a_step, lab, lab.cell)


def itemised(lab: GradientLab) -> Question:
    networks(lab)
    draw(gradients.triangle(lab, is_dark(), _))
    return partial(of_a_step, lab, lab.cell)


def ways(lab: GradientLab) -> Question:
    networks(lab)
    draw(gradients.ways(lab, is_dark(), _))
    return partial(of_a_step, lab, lab.cell)


def phase_diagram(lab: GradientLab) -> Question:
    control(lab, "cell", st.pills, CELLS)
    control(lab, "seed", st.number_input, width=200)
    draw(diagram(found := computed(lab.sweep), is_dark(), _))
    return partial(of_a_phase, found)


@st.cache_resource(max_entries=20, show_spinner=False)
def computed(sweep: Sweep):
    """Shared by all visitors."""
    return phase(sweep)


def cliff(lab: GradientLab) -> Question:
    for field, column in zip(("w", "b", "lr", "clip"), st.columns(4), strict=True):
        with column:
            control(lab, field, step=0.01)
    control(lab, "update")
    above, space, losses = descents(lab, is_dark(), _)
    left, right = st.columns(2)
    with left:
        draw(above)
    with right:
        draw(space)
    draw(losses)
    return partial(of_descents, lab)


def all_cures(lab: GradientLab) -> Question:
    networks(lab)
    draw(cures.precision(lab, is_dark(), _))
    draw(cures.truncated(lab, is_dark(), _))
    control(lab, "clip", step=0.01)
    draw(cures.clipped(lab, is_dark(), _))
    denormals()
    return partial(of_a_step, lab, lab.cell)


def unrolled(lab: GradientLab) -> Question:
    """The walk back begins at the right end. Nothing of the network is set here, so nothing is asked about it."""
    control(lab, "text")
    read = lab.experiment
    last = Scene(read, "backward", len(read.reading().tokens))
    stepper(last, visit=f"{read.cell} {read.text}", fixed=True)
    return None


SHOW = {
    "norms": norms, "jacobians": jacobians, "itemised": itemised, "ways": ways,
    "phase": phase_diagram, "cliff": cliff, "cures": all_cures, "unrolled": unrolled,
}  # fmt: skip


@st.fragment
@guarded()
def laboratory() -> None:
    lab = current_lab(GradientLab)
    about_learned(lab, "gradients", lab.batch.x.shape[1])
    views = {view: VIEWS[view] for view in lab.views}
    control(lab, "view", st.segmented_control, views, label_visibility="collapsed")
    say()
    lesson("gradients", lab.view)
    ask = SHOW[lab.view](lab)
    if ask:
        ask()


lesson("gradients", "intro")
laboratory()
lesson("gradients", "try")
