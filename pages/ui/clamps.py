"""Gates held for a while: a row for each clamp, in which it can be changed or taken away."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from pages.figures.units import meaning
from pages.ui.labs import set_to
from pages.ui.language import _
from rnn_core.analysis.gate_settings import GateLab
from rnn_core.cells import CELLS
from rnn_core.clamp import CANDIDATES, Clamp
from rnn_core.experiment import GATES
from rnn_core.words import FIELDS


def clamp_rows(lab: GateLab) -> None:
    """One row each, and a button for another."""
    for k, clamp in enumerate(lab.held):
        _row(lab, k, clamp)
    if len(lab.held) < GATES["clamps"].most:
        gates = CELLS[lab.cell].gates
        free = [gate for gate in gates if gate not in {clamp.gate for clamp in lab.held}] or gates
        st.button(
            _("Hold another gate") if lab.held else _("Hold a gate"), icon=":material/add:", on_click=set_to,
            args=(type(lab), "clamps", (*lab.held, Clamp(free[-1], 0.0, 1, lab.steps))),
        )  # fmt: skip


def _row(lab: GateLab, k: int, clamp: Clamp) -> None:
    gates, T = CELLS[lab.cell].gates, lab.steps
    called = {unit: str(unit + 1) for unit in range(lab.hidden)} | {-1: _("all")}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _cell(lab, k, "gate", st.selectbox, clamp.gate, options=gates, width=90, help=meaning(clamp.gate, _))
        low = -1.0 if clamp.gate in CANDIDATES else 0.0
        _cell(lab, k, "value", st.slider, clamp.value, min_value=low, max_value=1.0, step=0.05, width=200)
        if T > 1:
            _cell(lab, k, "span", st.slider, (clamp.first, clamp.last), min_value=1, max_value=T, width=330)
        _cell(lab, k, "unit", st.selectbox, -1 if clamp.unit is None else clamp.unit, options=range(-1, lab.hidden),
              width=110, format_func=called.get)  # fmt: skip
        st.button(
            _("Let go"), icon=":material/close:", key=f"clamp.{k}.away", on_click=set_to,
            args=(type(lab), "clamps", (*lab.held[:k], *lab.held[k + 1 :])),
        )  # fmt: skip


def _cell(lab: GateLab, k: int, field: str, widget: Any, value: Any, **more: Any) -> None:
    key = f"clamp.{k}.{field}"
    st.session_state[key] = value
    label = _("Time steps") if field == "span" else _(FIELDS[field])
    widget(label, key=key, on_change=_change, args=(type(lab), lab.held, k, field), **more)


def _change(kind: type[GateLab], held: tuple[Clamp, ...], k: int, field: str) -> None:
    """Callback: one part of one clamp has a new value."""
    value = st.session_state[f"clamp.{k}.{field}"]
    given: dict[str, Any] = {"first": value[0], "last": value[1]} if field == "span" else {field: value}
    if field == "unit" and value < 0:  # all of them
        given = {"unit": None}
    if field == "gate" and value not in CANDIDATES:
        given["value"] = max(0.0, held[k].value)
    set_to(kind, "clamps", (*held[:k], replace(held[k], **given), *held[k + 1 :]))
