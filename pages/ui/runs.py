"""The training that a visit watches: which one, is it its own, and steering it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.ui.stream import cookie
from rnn_core.invalid import Invalid
from rnn_core.training.plan import Plan
from rnn_core.training.service import service


def watched() -> tuple[str, Plan] | None:
    """The training in the address and what it trains. One that is no longer kept is said, and forgotten."""
    state = st.session_state
    if not state.get("run"):
        return None
    try:
        return state.run, service().plan(state.run)
    except Invalid as problem:
        state.notices, state.run = [problem], None
        return None


def as_it_goes_on(run: str, plan: Plan) -> Plan:
    """Its plan with the learning rates it has now."""
    for k, lr in enumerate(service().rates(run)):
        plan = plan.changed("lr", lr, k)
    return plan


def own_training(plan: Plan) -> str | None:
    """The training that this visit last started, if it is of this plan: Back, just after Start, still finds it."""
    run = next(reversed(st.session_state.get("tokens", {})), None)
    return run if run and token(run) and service().plan(run).alike(plan) else None


def token(run: str) -> str:
    """Its owner's: from this visit, or from an earlier one in the same browser. "" for others."""
    mine = st.session_state.get("tokens", {}).get(run) or st.context.cookies.get(cookie(run)) or ""
    return mine if service().owns(run, mine) else ""


def steer(run: str, command: str, *given: Any) -> None:
    """Callback: as the service's. What cannot be done is said."""
    try:
        service().steer(run, token(run), command, *given)
    except Invalid as problem:
        st.session_state.notices = [problem]
