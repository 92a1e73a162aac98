"""The widgets that show the Plan and change it, one setting of one model at a time.

What cannot be used changes nothing, and is said.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from pages.figures.drawing import series
from pages.ui.language import _
from pages.ui.own_data import own_names, task_of
from pages.ui.own_fields import own_fields
from pages.ui.plan import change_to
from pages.ui.runs import steer, token, watched
from pages.ui.setting import setting
from pages.ui.task_words import DATA_SETS, TASKS
from pages.ui.weights_file import begins_with, drop, weights_file
from pages.ui.words import CELLS, INITS, OPTIMIZERS, SCHEDULES, words_for
from rnn_core import tasks
from rnn_core.cells import CELLS as RULES_OF_CELLS
from rnn_core.experiment import SIDE_BY_SIDE, TRAINING, Experiment, Real, Whole
from rnn_core.training.plan import Plan
from rnn_core.training.service import service

SWATCH = '<div class="model-hue" style="background: {hue}"></div>'
NAMES = {"cell": CELLS, "init": INITS, "optimizer": OPTIMIZERS, "schedule": SCHEDULES}
STEPS = {"lr": 0.001, "gain": 0.05, "forget_bias": 0.5, "clip": 0.1, "weight_decay": 0.0001, "dropout": 0.05}
OF_A_NETWORK = ("hidden", "layers", "bidirectional", "embedding", "init", "gain", "forget_bias", "dropout")
OF_ITS_TRAINING = ("optimizer", "schedule", "clip", "weight_decay", "grow")


def plan_controls(plan: Plan) -> None:
    """What is learnt, and by which models."""
    task = task_of(plan.first)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _control(plan, "task", names={name: TASKS[name] for name in tasks.names()}, width=260)
        if task.data:
            names = {**{name: DATA_SETS[name] for name in task.data}, **own_names(plan.first)}
            _control(plan, "data", names=names, width=200)
        if task.own:
            own_fields(plan.first, _take_own)
        low, high = task.lengths
        if low < high:
            _control(plan, "length", min_value=low, max_value=high, width=130)
        with st.popover(_("Training"), icon=":material/tune:"):
            for field in ("batch", "budget", "seed"):
                _control(plan, field)
            if task.stream:
                _control(plan, "carry")
            _control(plan, "dtype")
            _refused(None)
    with st.container(horizontal=True, vertical_alignment="center"):
        for k, (experiment, hue) in enumerate(zip(plan.experiments, _hues(plan), strict=True)):
            _model(plan, k, experiment, hue)
        if len(plan.experiments) < SIDE_BY_SIDE:
            st.button(
                _("Add a model beside"), icon=":material/add:", on_click=change_to, args=(Plan.added,), type="tertiary"
            )
        weights_file(_take_plan)
    begins_with(plan)


def _hues(plan: Plan) -> list[str]:
    """Each model's colour: in the training below, where it is there; else one that is free."""
    found = watched()
    there = list(found[1].experiments) if found else []
    free = list(range(SIDE_BY_SIDE))
    places: list[int | None] = []
    for each in plan.experiments:
        same = (j for j in free if j < len(there) and replace(there[j], lr=each.lr) == each)
        places.append(next(same, None))
        free = [j for j in free if j != places[-1]]
    return [series(free.pop(0) if place is None else place) for place in places]


def _model(plan: Plan, k: int, experiment: Experiment, hue: str) -> None:
    """A card: its colour, its cell, its learning rate, and the rest in a pop-over."""
    task = tasks.load(experiment.task)
    idle = {
        "bidirectional": task.future,
        "embedding": not task.tokens,
        "forget_bias": "f" not in RULES_OF_CELLS[experiment.cell].blocks,
        "dropout": experiment.layers == 1,
        "grow": experiment.carry,
    }
    with st.container(border=True, horizontal=True, vertical_alignment="bottom", width="content", gap="small"):
        st.html(SWATCH.format(hue=hue), width="content")
        _control(plan, "cell", k, width=175)
        _control(plan, "lr", k, width=120)
        with st.popover(_("More"), icon=":material/tune:"):
            for field in (*OF_A_NETWORK, *OF_ITS_TRAINING):
                if not idle.get(field):
                    _control(plan, field, k)
            _refused(k)
        if len(plan.experiments) > 1:
            st.button(
                "", icon=":material/close:", key=f"plan.{k}.away", on_click=_take_away, args=(k,),
                help=_("Take this model away"), type="tertiary",
            )  # fmt: skip


def _control(plan: Plan, field: str, k: int | None = None, names: Any = None, **more: Any) -> None:
    """k: of which model; None, of all."""
    rule, widget = TRAINING[field], None
    if isinstance(rule, Whole | Real):
        as_written = {"step": STEPS[field], "format": "%.6g"} if field in STEPS else {"step": 1}
        widget, more = st.number_input, {**as_written, **more}
    value = getattr(plan.experiments[k or 0], field)
    names = names or NAMES.get(field)
    setting(rule, field, value, f"plan.{k}.{field}", _change, (field, k), widget, names, **more)


def _change(field: str, k: int | None) -> None:
    """Callback: one widget has a new value. A learning rate is also that of the training under way from now on, and a
    larger budget its budget."""
    run = st.session_state.run
    running = service().plan(run) if run and token(run) else None
    if running and not running.alike(st.session_state.plan):
        running = None
    value = st.session_state[f"plan.{k}.{field}"]
    if value is not None or getattr(TRAINING[field], "optional", False):
        change_to(Plan.changed, field, value, k)
        st.session_state.refused_in = (k,) if st.session_state.notices else ()
        if running and field == "lr":
            steer(run, "set_lr", k, value)
        if running and field == "budget" and st.session_state.plan.first.budget > running.first.budget:
            steer(run, "prolong", value)


def _refused(k: int | None) -> None:
    """What could not be changed in the pop-over that is open, said where it is seen."""
    state = st.session_state
    if state.get("refused_in", ()) == (k,):
        for problem in state.notices:
            st.text(words_for(problem) + " " + _("Nothing was changed."))


def _take_own(name: str) -> None:
    """Callback: these data, and sequences no longer than they have. Those that a link asked for change nothing else."""

    def taken(plan: Plan) -> Plan:
        if plan.first.data == name:
            return plan
        plan = plan.changed("data", name)
        return plan.changed("length", min(plan.first.length, task_of(plan.first).lengths[1]))

    change_to(taken)


def _take_plan(plan: Plan) -> None:
    """Callback."""
    change_to(lambda _: plan)


def _take_away(k: int) -> None:
    """Callback: a model, and the weights that the first was to begin with."""
    if k == 0:
        drop()
    change_to(Plan.without, k)
