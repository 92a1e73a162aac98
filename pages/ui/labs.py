"""Lab ↔ widgets ↔ link. The Lab in the session is the truth; widgets show it and change it, one setting at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

from pages.ui.address import followed, write
from pages.ui.language import _
from pages.ui.learned import complete, found, told, ways_on
from pages.ui.setting import setting
from pages.ui.words import DIRECTION_NAMES, words_for
from rnn_core.analysis.network_lab import NetworkLab
from rnn_core.experiment import Several, Text
from rnn_core.invalid import Invalid
from rnn_core.lab import Lab
from rnn_core.training.learned import Moment

L = TypeVar("L", bound=NetworkLab)


def current_lab(kind: type[L], **usual: str) -> L:
    """The page's settings: those of a link just followed, or the session's. usual: taken where a link is silent."""
    state = st.session_state
    if (query := followed(kind.__name__)) is not None:
        state[kind.__name__], state.notices = _lab(kind, query, usual)
        state.refused_text = {}
        if learned := state[kind.__name__].learned:
            complete(query, learned, state[kind.__name__].to_query())
    return state[kind.__name__]


def _lab(kind: type[L], query: dict[str, str], usual: dict[str, str]) -> tuple[L, list[Invalid]]:
    """The settings of a link, and what there is to say of them."""
    learned, notices = found(query)
    if "run" in query:
        query = {name: text for name, text in query.items() if name not in Moment._fields}
    try:
        lab, mended = kind.from_query({**usual, **query}, learned=learned)
    except Invalid as problem:  # too large for this page
        notices.append(problem)
        lab, mended = kind.from_query({**usual, **query})
    return lab, notices + mended


def about_learned(lab: NetworkLab, page: str, sequences: int) -> None:
    """Which network takes the drawn one's place, if one does, and the ways on from it. page: its address."""
    if not lab.learned:
        return
    told(lab.learned, sequences)
    with st.container(horizontal=True, vertical_alignment="center"):
        ways_on(lab.learned, page, _("A network drawn at random"), _leave, type(lab))


def _leave(kind: type[NetworkLab]) -> None:
    """Callback: back to a network that is drawn."""
    state = st.session_state
    state[kind.__name__], state.notices = state[kind.__name__].left()
    write(state[kind.__name__].to_query())


def level(lab: NetworkLab) -> None:
    """Which layer, and which direction, where there are several."""
    if (layers := len({each.layer for each in lab.levels})) > 1:
        control(lab, "layer", st.number_input, max_value=layers, width=110)
    if any(each.direction for each in lab.levels):
        control(lab, "direction", st.segmented_control, DIRECTION_NAMES, width="content")


def control(
    lab: Lab, field: str, widget: Callable[..., Any] | None = None, names: dict[str, str] | None = None, **more: Any
) -> None:
    """A widget for one setting, within its rule. names: what each of its options is called."""
    rule, kind, state = lab.RULES[field], type(lab), st.session_state
    value = getattr(lab, field)
    if isinstance(rule, Text) and state.get("notices"):  # what was typed and refused stays, its sentence beside it
        value = state.get("refused_text", {}).get(field, value)
    setting(rule, field, value, f"{kind.__name__}.{field}", _change, (kind, field), widget, names, **more)


def _change(kind: type[Lab], field: str) -> None:
    """Callback: one widget has a new value."""
    value = st.session_state[f"{kind.__name__}.{field}"]
    rule = kind.RULES[field]
    if value is None and not getattr(rule, "optional", False):  # a chosen segment pressed again
        return
    if isinstance(rule, Several) and value is not None:
        value = tuple(name for name in rule.options if name in value)
    set_to(kind, field, value)


def set_to(kind: type[Lab], field: str, value: Any) -> None:
    """One setting has a new value. What cannot be used changes nothing, and is said."""
    state = st.session_state
    lab = state[kind.__name__]
    state.notices = []
    try:
        lab = lab.changed(field, value)
        state.refused_text = {}
    except Invalid as problem:
        state.notices, state.refused_text = [problem], {field: value}
    state[kind.__name__] = lab
    write(lab.to_query())


def say() -> None:
    """What could not be used, in one sentence each; as plain text, since it quotes the learner."""
    for problem in st.session_state.get("notices") or ():
        with st.container(border=True):
            st.text(words_for(problem))
