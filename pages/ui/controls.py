"""Scene ↔ widgets: they show the session's Scene and change it, one setting at a time.

What cannot be used changes nothing: the sentence stands beside the field, and the last good picture stays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.ui.language import _, language
from pages.ui.session import look_at
from pages.ui.words import CELLS, INITS, KINDS, PRESET_NAMES, TARGETS, words_for
from rnn_core import readers
from rnn_core.experiment import FIELDS as RULES
from rnn_core.experiment import Experiment, Real, Whole
from rnn_core.invalid import Invalid
from rnn_core.scene import Scene, changed, kept
from rnn_core.words import FIELDS


def controls() -> None:
    """The settings: what is read, by which weights; the rest in a pop-over."""
    state = st.session_state
    experiment = state.scene.experiment
    # A new visit has other values; another language gives every widget another name, and with it an empty value.
    shown = state.visit, language()
    _show_in_widgets(experiment, only_missing=state.get("shown") == shown)
    state.shown = shown
    with st.container(horizontal=True, vertical_alignment="center"):
        _choice("kind", list(KINDS), KINDS, st.segmented_control, label_visibility="collapsed", width="content")
        _reader(experiment)
        _choice("preset", list(PRESET_NAMES), PRESET_NAMES, label_visibility="collapsed", width=310)
        with st.popover(_("Network"), icon=":material/tune:"):
            _network(experiment)
    _say()


def _reader(experiment: Experiment) -> None:
    if experiment.kind == "sine":
        _number("length", st.slider, step=1, width=130)
        _number("period", st.slider, step=0.5, width=130)
    else:
        prompts = {
            "text": _("Your word or sentence"),
            "bits": _("Your bits, 0 and 1"),
            "numbers": _("Your numbers, with commas between"),
        }
        st.text_input(
            prompts[experiment.kind],
            key="text",
            on_change=_change,
            args=("text",),
            placeholder=prompts[experiment.kind],
            label_visibility="collapsed",
            width="stretch",
        )


def _network(experiment: Experiment) -> None:
    _choice("cell", list(CELLS), CELLS)
    _choice("target", list(readers.TARGETS[experiment.kind]), TARGETS)
    _number("hidden", st.number_input, step=1)
    _number("layers", st.number_input, step=1)
    if experiment.target != "next":  # which reading backwards would give away
        _flag("bidirectional")
    _choice("init", list(INITS), INITS)
    _number("gain", st.slider, step=0.05)
    if experiment.cell == "lstm":
        _number("forget_bias", st.number_input, step=0.5)
    _number("seed", st.number_input, step=1)
    if experiment.preset:
        st.caption(_("Changing anything here takes random weights in place of those set by hand."))


def _flag(field: str) -> None:
    st.toggle(_(FIELDS[field]), key=field, on_change=_change, args=(field,))


def _number(field: str, widget: Callable[..., Any], step: float, **more: Any) -> None:
    """A number within the Experiment's own limits."""
    rule = RULES[field]
    assert isinstance(rule, Whole | Real)
    limits: dict[str, Any] = {"min_value": type(step)(rule.low), "max_value": type(step)(rule.high), "step": step}
    # A field drops what is out of range without a word, so its name says the range.
    span = f" ({rule.low:g} … {rule.high:g})" if widget is st.number_input else ""
    if isinstance(rule, Real) and rule.optional:
        limits["value"] = None  # or an emptied field would say its lowest number
    widget(_(FIELDS[field]) + span, **limits, key=field, on_change=_change, args=(field,), **more)


def _choice(
    field: str, options: list[str], names: dict[str, str], widget: Callable[..., Any] = st.selectbox, **more: Any
) -> None:
    widget(
        _(FIELDS[field]), options, format_func=lambda name: _(names[name]), key=field,
        on_change=_change, args=(field,), **more,
    )  # fmt: skip


def _change(field: str) -> None:
    """Callback: one widget has a new value."""
    state = st.session_state
    value = state[field]
    if value is None and field != "forget_bias":  # a chosen segment pressed again
        return _show_in_widgets(state.scene.experiment)
    before = state.scene.experiment
    state.setdefault("typed", {})[before.kind] = before.text
    try:
        experiment, notice = changed(before, field, value)
        if field == "kind" and value in state.typed:  # back to a kind: what was typed there is still there
            experiment, notice = changed(experiment, "text", state.typed[value])
    except Invalid as problem:
        state.refused = (field, problem)
        return
    if state.refused and (field in ("kind", "preset") or field == state.refused[0]):
        state.refused = None
    changes, dropped = kept(state.scene.changes, before, experiment)
    look_at(Scene(experiment, step=0, changes=changes), notice, *dropped)
    _show_in_widgets(experiment)


def _show_in_widgets(experiment: Experiment, only_missing: bool = False) -> None:
    """Each widget shows its setting, except one whose value was refused: what the learner typed there stays."""
    refused = st.session_state.refused
    for field in RULES:
        if refused and field == refused[0] and field in st.session_state:
            st.session_state[field] = st.session_state[field]  # said again, or another language would empty it
        elif not only_missing or field not in st.session_state:
            st.session_state[field] = getattr(experiment, field)


def _say() -> None:
    """What could not be used, in one sentence each; as plain text, since it quotes the learner."""
    refused = st.session_state.refused
    problems = [*st.session_state.notices, *([refused[1]] if refused else [])]
    if problems:
        with st.container(border=True, gap="small"):
            for problem in problems:
                st.text(words_for(problem))
