"""The training on a page: buttons that steer it, and the picture of what it does, which reads a stream of its own."""

from __future__ import annotations

import re
from typing import Any

import streamlit as st

from pages.figures.drawing import series
from pages.ui.component import component
from pages.ui.labs import say
from pages.ui.language import _
from pages.ui.live_words import live_words
from pages.ui.own_data import given
from pages.ui.plan import address
from pages.ui.runs import steer, token, watched
from pages.ui.stream import cookie
from pages.ui.weights_file import began_so, begins_anew
from pages.ui.words import CELLS
from rnn_core.experiment import load_task
from rnn_core.invalid import Invalid
from rnn_core.link import written
from rnn_core.training.devices import present
from rnn_core.training.plan import Plan
from rnn_core.training.service import service
from rnn_core.words import FIELDS

_component = component("live")
DEVICE_NAMES = {"numpy": "CPU", "cuda": "GPU (CUDA)", "mps": "GPU (MPS)"}


@st.fragment
def live(plan: Plan) -> None:
    """Steer and watch. Where another plan is set than runs, Start begins with that."""
    run, running = watched() or (None, plan)
    say()
    mine = run is not None and bool(token(run))
    same = running.alike(plan) and not begins_anew(run)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if run and mine:
            _steering(run, main=same)
        if not mine or not same:
            st.button(_("Start"), icon=":material/play_arrow:", type="primary", on_click=_start, args=(plan,))
            _device()
    if run and not mine:
        st.caption(_("You are watching somebody else’s training. Start begins your own, with the same settings."))
    _picture(run, running)


def _device() -> None:
    """A choice, where there is one."""
    devices = present()
    if len(devices) > 1:
        st.selectbox(_("Device"), devices, format_func=DEVICE_NAMES.__getitem__, key="device", width=150)


def _start(plan: Plan) -> None:
    """Callback."""
    state, place = st.session_state, service()
    try:
        own = given(plan.first.data)
        ticket = place.start(plan, own, state.get("weights", ()), state.get("device", "numpy"))
        if state.get("run") and token(state.run):  # only now: what cannot start takes nothing away
            place.stop(state.run, token(state.run))
    except Invalid as problem:
        state.notices = [problem]
        return
    state.setdefault("tokens", {})[ticket.id] = ticket.token
    began_so(ticket.id)
    address(ticket.id)


def _steering(run: str, main: bool) -> None:
    """main: is going on what the learner is most likely to want?"""
    kind = "primary" if main else "secondary"
    if service().state(run) == "running":
        st.button(_("Pause"), icon=":material/pause:", type=kind, on_click=steer, args=(run, "pause"))
    else:
        st.button(_("Go on"), icon=":material/play_arrow:", type=kind, on_click=steer, args=(run, "resume"))
    st.button(_("One update"), icon=":material/skip_next:", on_click=steer, args=(run, "single"))
    st.button(
        _("Rewind"), icon=":material/replay:", on_click=steer, args=(run, "rewind"),
        help=_("Back to the same first weights. What was learnt stays in the picture, faint."),
    )  # fmt: skip


def _picture(run: str | None, plan: Plan) -> None:
    data = {
        "run": run,
        "cookie": cookie(run) if run else None,
        "token": token(run) if run else None,
        "models": [{"name": name, "hue": series(k)} for k, name in enumerate(model_names(plan))],
        "task": _task(plan),
        "words": live_words(),
    }
    _component(key="live", data=data, on_state_change=lambda: None)


def _task(plan: Plan) -> dict[str, Any]:
    """What a picture says of the task; nothing of a file that is not here."""
    try:
        task = load_task(plan.first, given(plan.first.data))
    except Invalid:
        return {}
    baseline = task.baseline(plan.first.length) if task.baseline else None
    return {
        "metric": _(task.metric.name),
        "goal": task.goal,
        "highIsGood": task.metric.high_is_good,
        "baseline": baseline and {"name": _(baseline[0]), "loss": baseline[1]},
        "symbols": task.symbols if task.outputs > 1 else (),
        "budget": plan.first.budget,
    }


def model_names(plan: Plan) -> list[str]:
    """What tells the models apart: their cells, and else what they differ in, each in as few words as it goes."""
    cells = [_(CELLS[each.cell]) for each in plan.experiments]
    if len({*cells}) == len(cells):
        return cells
    others = [name for name in plan.differing if name != "cell"]
    return [
        " · ".join([cell, *(f"{_called(name)} {written(getattr(each, name))}" for name in others)])
        for cell, each in zip(cells, plan.experiments, strict=True)
    ]


def _called(field: str) -> str:
    """A setting's name without what it explains: "Forget bias (empty: as drawn)" is a forget bias."""
    return re.split("[(（:：]", _(FIELDS[field]))[0].strip()
