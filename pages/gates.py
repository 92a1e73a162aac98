"""Gates: watch memory being written, kept and shown; hold a gate and see what depends on it."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from pages.figures import gates_beside, gates_memory
from pages.figures.units import symbol
from pages.ui.clamps import clamp_rows
from pages.ui.failure import guarded
from pages.ui.figure import draw, is_dark
from pages.ui.gate_network import network
from pages.ui.gate_question import of_a_memory, of_a_network
from pages.ui.gate_runs import measure_again, reading, seconds_a_step, switched, with_and_without
from pages.ui.labs import about_learned, control, current_lab, say
from pages.ui.language import _
from pages.ui.lesson import lesson
from pages.ui.maps import half_lives, maps, saturated
from pages.ui.signals import signal_sliders
from pages.ui.words import GATE_VIEWS, GATED, ORDERS, SIGNALS, SWITCH_NAMES
from rnn_core.analysis.comparison import size
from rnn_core.analysis.gate_settings import GateLab, quantities_of
from rnn_core.analysis.side_by_side import Run
from rnn_core.analysis.variants import equations
from rnn_core.cells import CELLS
from rnn_core.clamp import Clamp
from rnn_core.inside import BYPASS

Question = Callable[[], None] | None
COMPARED = ("lstm", "gru", "rnn")


def all_maps(lab: GateLab) -> Question:
    """Every quantity over time, and what the gates come to."""
    network(lab)
    trace = reading(lab, lab.cell).trace
    gated = lab.cell in BYPASS
    has = {name: symbol(name) for name in quantities_of(lab.cell)}
    orders = {name: called for name, called in ORDERS.items() if gated or name != "half-life"}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        control(lab, "quantities", names=has)
        control(lab, "order", names=orders, width=230)
        if lab.sorted_by[0] not in ("number", "half-life"):
            control(lab, "of", names=has, width=110)
    maps(lab, trace)
    if not gated:
        return no_gates()
    left, right = st.columns(2)
    with left:
        saturated(trace)
    with right:
        half_lives(lab, trace)
    return partial(of_a_network, trace)


def clamp(lab: GateLab) -> Question:
    """With and without gates held."""
    network(lab)
    if lab.cell not in BYPASS:  # the lesson says so
        return None
    clamp_rows(lab)
    gates = CELLS[lab.cell].gates
    with st.container(horizontal=True, vertical_alignment="bottom"):
        control(
            lab, "bias_gate", st.segmented_control, {"": _("none"), **{gate: gate for gate in gates}}, width="content"
        )
        if lab.bias_gate:
            control(lab, "bias", step=0.25, width=300)
    left, right = with_and_without(lab)
    touched = {one.gate for one in lab.held} | {lab.bias_gate}
    names = (*CELLS[lab.cell].states, *(gate for gate in gates if gate in touched))
    beside(lab, {_("as it is"): left, _("with your changes"): right}, names, lab.held)
    return partial(of_a_network, right.trace)


def variants(lab: GateLab) -> Question:
    """The LSTM with parts taken away."""
    network(lab, ("lstm",))
    control(lab, "variant", names=SWITCH_NAMES)
    changed = equations(lab.variant).items()
    st.markdown("\n".join(f"- {_(SWITCH_NAMES[switch])}: `{equation}`" for switch, equation in changed))
    left, right = switched(lab)
    beside(lab, {_("LSTM"): left, _("with the switches"): right}, ("c", "h"))
    return partial(of_a_network, right.trace)


def cells(lab: GateLab) -> Question:
    """LSTM beside GRU beside RNN."""
    network(lab, COMPARED)
    st.button(_("Measure again"), icon=":material/timer:", on_click=measure_again)
    sizes = {cell: size(cell, reading(lab, cell).trace.x.shape[2], lab.hidden) for cell in COMPARED}
    for column, (cell, count) in zip(st.columns(len(sizes)), sizes.items(), strict=True):
        share = _("{share} of the LSTM's").format(share=f"{count / sizes['lstm']:.4g}")
        called = _("{cell}: parameters").format(cell=_(GATED[cell]))
        column.metric(called, f"{count:,}", share, delta_color="off", delta_arrow="off")
        time, least, most = (f"{1e6 * each:.3g}" for each in seconds_a_step(lab, cell))
        took = _("{time} µs a time step, the median of 9 runs ({least} to {most})")
        column.markdown(f":small[{took.format(time=time, least=least, most=most)}]")
    runs = {_(GATED[cell]): reading(lab, cell) for cell in sizes}
    beside(lab, runs, ("h", "c"), parts=False)
    return partial(of_a_network, reading(lab, "lstm").trace)


def memory(lab: GateLab) -> Question:
    """One memory and its signals."""
    signal_sliders(lab)
    draw(gates_memory.memory(lab, is_dark(), _, {name: _(called) for name, called in SIGNALS.items()}))
    return partial(of_a_memory, lab.memory, lab.keep)


def beside(
    lab: GateLab, runs: dict[str, Run], names: tuple[str, ...], spans: tuple[Clamp, ...] = (), parts: bool = True
) -> None:
    draw(gates_beside.states(runs, names, lab.tokens, is_dark(), _, spans))
    draw(gates_beside.gradients(runs, is_dark(), _, parts))


def no_gates() -> None:
    """And so nothing to ask about either."""
    st.info(_("A plain RNN has no gates: nothing to hold, and nothing that keeps. Choose LSTM or GRU."))


SHOW = {"maps": all_maps, "clamp": clamp, "variants": variants, "cells": cells, "memory": memory}


@st.fragment
@guarded()
def laboratory() -> None:
    scene = st.session_state.get("scene")
    typed = {"text": scene.experiment.text} if scene and scene.experiment.kind == "text" else {}
    lab = current_lab(GateLab, **typed)
    about_learned(lab, "gates", lab.batch)
    views = {view: GATE_VIEWS[view] for view in lab.views}
    control(lab, "view", st.segmented_control, views, label_visibility="collapsed")
    say()
    kind = BYPASS[lab.cell][0] if lab.cell in BYPASS else "none"  # the gate that keeps
    lesson("gates", f"{lab.view}-{kind}" if lab.view in ("maps", "clamp") else lab.view)
    ask = SHOW[lab.view](lab)
    lesson("gates", "try")
    if ask:
        ask()


lesson("gates", "intro")
laboratory()
