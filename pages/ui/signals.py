"""The one-unit laboratory's sliders: choose a time step, then set its four signals."""

from __future__ import annotations

import streamlit as st

from pages.ui.labs import control, set_to
from pages.ui.language import _
from pages.ui.words import SIGNALS
from rnn_core.analysis.gate_settings import GateLab
from rnn_core.experiment import MOMENTS


def signal_sliders(lab: GateLab) -> None:
    """Of the chosen step, and where the memory begins."""
    key = "GateLab.moment"
    st.session_state[key] = lab.moment
    st.segmented_control(
        _("Time step to set"), range(1, MOMENTS + 1), key=key, format_func=lambda t: f"t = {t}", on_change=_choose
    )
    for name, column in zip((*SIGNALS, "start"), st.columns(5), strict=True):
        with column:
            control(lab, "start", step=0.1) if name == "start" else _slider(lab, name)


def _slider(lab: GateLab, name: str) -> None:
    rule, key = lab.RULES[name], f"signal.{name}"
    st.session_state[key] = float(getattr(lab, name)[lab.moment - 1])
    label = f"{_(SIGNALS[name])} · t = {lab.moment}"
    st.slider(label, float(rule.low), float(rule.high), step=0.05, key=key, on_change=_change, args=(lab, name))


def _choose() -> None:
    if st.session_state["GateLab.moment"] is not None:  # the chosen one pressed again changes nothing
        set_to(GateLab, "moment", st.session_state["GateLab.moment"])


def _change(lab: GateLab, name: str) -> None:
    """Callback: this signal at the chosen step."""
    before = getattr(lab, name)
    value = st.session_state[f"signal.{name}"]
    set_to(GateLab, name, (*before[: lab.moment - 1], value, *before[lab.moment :]))
