"""The training on a page: buttons that steer it, and the picture of what it does, which reads a stream of its own."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.figures.drawing import series
from pages.ui.component import component
from pages.ui.failure import guarded
from pages.ui.labs import say
from pages.ui.language import _
from pages.ui.live_words import live_words
from pages.ui.model_names import model_names
from pages.ui.own_data import given
from pages.ui.plan import address
from pages.ui.runs import steer, token, watched
from pages.ui.stream import cookie
from pages.ui.task_words import TASK_NOTES, TASKS
from pages.ui.weights_file import began_so, begins_anew
from rnn_core.experiment import load_task
from rnn_core.invalid import Invalid
from rnn_core.training.devices import present
from rnn_core.training.plan import Plan
from rnn_core.training.service import service

_component = component("live", "canvas")
DEVICE_NAMES = {"numpy": "CPU", "cuda": "GPU (CUDA)", "mps": "GPU (MPS)"}


@st.fragment
@guarded()
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
    if run and mine and not same:
        told = _("Below is still the training before: {task}, {models}. Start begins anew, with the settings above.")
        st.caption(told.format(task=_(TASKS[running.first.task]), models=", ".join(model_names(running))))
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
        spent = min(service().made(run)) >= service().plan(run).first.budget
        st.button(
            _("Go on"), icon=":material/play_arrow:", type=kind, on_click=steer, args=(run, "resume"), disabled=spent,
            help=_("The budget of updates is used up. Raise it under Training.") if spent else None,
        )  # fmt: skip
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
        "look": st.session_state.get("look"),
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
        "note": _(TASK_NOTES[task.name]) if task.name in TASK_NOTES else None,
    }
