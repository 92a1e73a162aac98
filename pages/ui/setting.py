"""A widget for one setting, within its rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from pages.ui.language import _
from rnn_core.experiment import Flag, Real, Several, Text, Whole
from rnn_core.words import FIELDS


def setting(
    rule: Any,
    field: str,
    value: Any,
    key: str,
    change: Callable[..., None],
    given: tuple[Any, ...] = (),
    widget: Callable[..., Any] | None = None,
    names: Mapping[str, str] | None = None,
    **more: Any,
) -> None:
    """It shows `value`. When the learner gives another, that is in the session under `key` and `change(*given)` called.

    names: what each of a Choice's options is called; options without a name are not offered. widget: in place of the
    usual one. A slider that could not be moved is left out.
    """
    called = _(FIELDS[field])
    settings: dict[str, Any] = {"key": key, "on_change": change, "args": given, **more}
    if isinstance(rule, Flag) or (isinstance(rule, Text) and not names):
        st.session_state[key] = value
        (widget or (st.toggle if isinstance(rule, Flag) else st.text_input))(called, **settings)
    elif isinstance(rule, Whole | Real):
        _number(rule, called, value, widget, settings)
    else:
        _choice(rule, called, value, widget, names, settings)


def _choice(
    rule: Any, called: str, value: Any, widget: Callable[..., Any] | None, names: Mapping[str, str] | None,
    settings: dict[str, Any],
) -> None:  # fmt: skip
    """A Text is a choice where its options are named."""
    offered = (names or ()) if isinstance(rule, Text) else rule.options
    options = [each for each in offered if not names or each in names]
    shown = {each: _(names[each]) if names else each for each in options}
    settings["format_func"] = shown.get
    key = settings["key"]
    if isinstance(rule, Several):
        st.session_state[key] = [each for each in value if each in options]
        (widget or st.pills)(called, options, selection_mode="multi", **settings)
    else:
        st.session_state[key] = value if value in options else options[0]
        (widget or st.selectbox)(called, options, **settings)


def _number(
    rule: Whole | Real, called: str, value: Any, widget: Callable[..., Any] | None, settings: dict[str, Any]
) -> None:
    number = int if isinstance(rule, Whole) else float
    usual = 1 if isinstance(rule, Whole) else (rule.high - rule.low) / 100
    limits = {"min_value": rule.low, "max_value": rule.high, "step": usual}
    settings = {**limits, **settings}
    for name in limits:
        settings[name] = number(settings[name])
    st.session_state[settings["key"]] = None if value is None else min(number(value), settings["max_value"])
    slides = widget in (None, st.slider) and not (isinstance(rule, Real) and rule.optional)
    if slides and settings["min_value"] == settings["max_value"]:
        return
    if isinstance(rule, Real) and rule.optional:  # a field that may be empty
        (widget or st.number_input)(called, value=None, **settings)
    else:
        (widget or st.slider)(called, **settings)
