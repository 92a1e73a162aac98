"""Lab ↔ widgets ↔ link. The Lab in the session is the truth; widgets show it and change it, one setting at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

from pages.ui.address import followed, write
from pages.ui.language import _
from pages.ui.words import words_for
from rnn_core.experiment import Choice, Flag, Real, Several, Text, Whole
from rnn_core.invalid import Invalid
from rnn_core.lab import Lab
from rnn_core.words import FIELDS

L = TypeVar("L", bound=Lab)


def current_lab(kind: type[L], **usual: str) -> L:
    """The page's settings: those of a link just followed, or the session's. usual: taken where a link is silent."""
    state = st.session_state
    if (query := followed(kind.__name__)) is not None:
        state[kind.__name__], state.notices = kind.from_query({**usual, **query})
    return state[kind.__name__]


def control(
    lab: Lab, field: str, widget: Callable[..., Any] | None = None, names: dict[str, str] | None = None, **more: Any
) -> None:
    """A widget for one setting, within its rule. names: what each of its options is called."""
    rule, key = lab.RULES[field], f"{type(lab).__name__}.{field}"
    settings: dict[str, Any] = {"key": key, "on_change": _change, "args": (type(lab), field), **more}
    called = _(FIELDS[field])
    if isinstance(rule, Choice | Several):
        options = [option for option in rule.options if not names or option in names]
        shown = {name: _(names[name]) if names else name for name in options}
        settings["format_func"] = shown.get
        if isinstance(rule, Several):
            st.session_state[key] = [name for name in getattr(lab, field) if name in options]
            (widget or st.pills)(called, options, selection_mode="multi", **settings)
        else:
            st.session_state[key] = getattr(lab, field) if getattr(lab, field) in options else options[0]
            (widget or st.selectbox)(called, options, **settings)
    elif isinstance(rule, Flag | Text):
        st.session_state[key] = getattr(lab, field)
        (widget or (st.toggle if isinstance(rule, Flag) else st.text_input))(called, **settings)
    else:
        _number(lab, field, called, widget, settings)


def _number(lab: Lab, field: str, called: str, widget: Callable[..., Any] | None, settings: dict[str, Any]) -> None:
    rule = lab.RULES[field]
    assert isinstance(rule, Whole | Real)
    usual = 1 if isinstance(rule, Whole) else (rule.high - rule.low) / 100
    number = int if isinstance(rule, Whole) else float
    settings = {"min_value": rule.low, "max_value": rule.high, "step": usual, **settings}
    for name in ("min_value", "max_value", "step"):
        settings[name] = number(settings[name])
    value = getattr(lab, field)
    st.session_state[settings["key"]] = None if value is None else min(number(value), settings["max_value"])
    if isinstance(rule, Real) and rule.optional:  # a field that may be empty
        (widget or st.number_input)(called, value=None, **settings)
    else:
        (widget or st.slider)(called, **settings)


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
    except Invalid as problem:
        state.notices = [problem]
    state[kind.__name__] = lab
    write(lab.to_query())


def say() -> None:
    """What could not be used, in one sentence each; as plain text, since it quotes the learner."""
    for problem in st.session_state.get("notices") or ():
        with st.container(border=True):
            st.text(words_for(problem))
