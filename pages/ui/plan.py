"""Plan ↔ session ↔ link."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.ui.address import followed, write
from pages.ui.own_data import missing, recall
from pages.ui.runs import as_it_goes_on, own_training, token, watched
from rnn_core.invalid import Invalid
from rnn_core.training.learned import moment_from
from rnn_core.training.plan import Plan
from rnn_core.training.service import service


def current_plan() -> Plan:
    """The page's settings: those of a link just followed, or the session's. A training that is linked to brings its."""
    state = st.session_state
    by_menu = state.get("arrived") and not st.query_params.get("task") and not st.query_params.get("run")
    if (query := followed("plan")) is not None:
        state.plan, state.notices = Plan.from_query(query)
        state.run = query.get("run") or own_training(state.plan)
        moment, mended = moment_from(query)
        state.look = moment.update if moment else None
        if found := watched():
            state.plan, state.notices = as_it_goes_on(*found), mended
            recall(state.plan.first, service().own(found[0], token(found[0])))
        else:
            state.notices += missing(state.plan.first)
    elif by_menu and state.run:
        address(state.run)  # or a reload would not find it
    return state.plan


def address(run: str | None) -> None:
    """The Plan, and the training that is watched, in the address."""
    state = st.session_state
    state.run = run
    write({**state.plan.to_query(), **({"run": run} if run else {})})


def change_to(change: Any, *given: Any) -> None:
    """Callback: the Plan, changed so. What cannot be used changes nothing, and is said."""
    state = st.session_state
    state.notices = []
    try:
        state.plan = change(state.plan, *given)
    except Invalid as problem:
        state.notices = [problem]
    address(state.run)
