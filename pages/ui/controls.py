"""Scene ↔ widgets ↔ link. The Scene in the session is the truth; widgets show it and change it, one setting at a time.

What cannot be used changes nothing: the sentence stands beside the field, and the last good picture stays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.ui.language import _, language
from pages.ui.words import CELLS, INITS, KINDS, PRESET_NAMES, TARGETS, words_for
from rnn_core import readers
from rnn_core.edits import Edit
from rnn_core.experiment import FIELDS as RULES
from rnn_core.experiment import Experiment, Real, Whole
from rnn_core.invalid import Invalid
from rnn_core.scene import Scene, changed, from_query, kept, left_out, to_query
from rnn_core.words import FIELDS


def current_scene() -> tuple[Scene, int]:
    """The Scene of this visit and its number. A link just followed starts a new visit; else the session's goes on."""
    state = st.session_state
    query = {name: value for name, value in st.query_params.items() if name != "lang"}
    if "scene" not in state or (query and query != state.get("query")):
        state.scene, state.notices = from_query(query)
        state.query = query
        state.visit = state.get("visit", 0) + 1
        state.refused = None
        _show_in_widgets(state.scene.experiment)
    return state.scene, state.visit


def controls() -> None:
    """The settings: what is read, by which weights; the rest in a pop-over."""
    state = st.session_state
    experiment = state.scene.experiment
    # Another language gives every widget another name, and with it an empty value.
    _show_in_widgets(experiment, only_missing=state.get("shown_in") == language())
    state.shown_in = language()
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
    _choice("init", list(INITS), INITS)
    _number("gain", st.slider, step=0.05)
    if experiment.cell == "lstm":
        _number("forget_bias", st.number_input, step=0.5)
    _number("seed", st.number_input, step=1)
    if experiment.preset:
        st.caption(_("Changing anything here takes random weights in place of those set by hand."))


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
    edits, dropped = kept(state.scene.edits, before, experiment)
    _look_at(Scene(experiment, step=0, edits=edits), notice, dropped)
    _show_in_widgets(experiment)


def edit(change: str) -> None:
    """A weight set by hand in the picture, as `Edit` writes it; "": all taken back. What cannot be used is said."""
    state = st.session_state
    try:
        edits = (*state.scene.edits, Edit.from_text(change)) if change else ()
        _look_at(Scene(state.scene.experiment, step=0, edits=edits))
    except Invalid as problem:
        state.notices = [problem]


def _look_at(scene: Scene, *notices: Invalid | None) -> None:
    """This scene from now on, in the address too."""
    state = st.session_state
    state.scene = scene
    state.notices = [notice for notice in (*notices, left_out(scene)) if notice]
    # The address holds what is computed; where the learner is looking is the picture's, and the Share button's.
    state.query = {name: text for name, text in to_query(state.scene).items() if name not in ("phase", "step")}
    st.query_params.from_dict({**state.query, "lang": language()})


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
