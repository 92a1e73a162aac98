"""The unrolled picture on a page: a trace, its words, and where to look first.

Stepping happens in the browser. Python is asked again only for another network, another sequence or another language.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from pages.figures.packed import pack
from pages.figures.unrolled import unrolled
from pages.figures.update import update
from pages.ui.component import component
from pages.ui.conventions import conventions
from pages.ui.failure import guarded
from pages.ui.labels import labels
from pages.ui.language import _, language
from pages.ui.session import change, current_scene, look_at, show
from pages.ui.story import story
from pages.ui.words import unit_names
from rnn_core.analysis.conventions import GRUS, LastStep
from rnn_core.analysis.conventions import conventions as of_both
from rnn_core.architecture import of_layer
from rnn_core.changes import Changes, traced
from rnn_core.edits import Edit
from rnn_core.experiment import Experiment
from rnn_core.levels import Level, levels
from rnn_core.model import Model, ModelTrace, sizes
from rnn_core.scene import Cursor, Scene, to_query
from rnn_core.training.learned import Learned

_component = component("unroll", "player")
Drawn = tuple[dict[str, Any], dict[str, np.ndarray], dict[str, LastStep]]  # header and arrays, and of a GRU both forms


@st.cache_resource(max_entries=100, show_spinner=False)
def _drawn(experiment: Experiment, changes: Changes, level: Level) -> Drawn:
    """Shared by all visitors: two hundred who open one link compute it once."""
    replay, reading, trace = traced(experiment, changes)
    header, arrays = unrolled(replay.model, reading, trace, level)
    scales, changes_made = update(trace, replay, level)
    header = {**header, "scale": {**header["scale"], **scales}}
    return header, arrays | changes_made, _both_grus(replay.model, trace, level)


@st.cache_resource(max_entries=12, show_spinner=False, hash_funcs={Learned: repr})
def _learned(learned: Learned, k: int, level: Level) -> Drawn:
    """The same of a network that has learned. Raises Invalid where it is too large to draw."""
    reading, trace = learned.read(k)
    return *unrolled(learned.model, reading, trace, level), _both_grus(learned.model, trace, level)


def _both_grus(model: Model, trace: ModelTrace, level: Level) -> dict[str, LastStep]:
    """Of a GRU."""
    of_level = trace.layers[level.layer][level.direction]
    return of_both(of_layer(model.params, *level), of_level) if model.cell in GRUS else {}


@st.fragment
@guarded()
def current_stepper() -> None:
    """Draw the session's Scene. A change made in the picture runs this alone again, and the whole page only where there
    is something to say about it."""
    scene, visit = current_scene()
    if st.session_state.pop("unsaid", False):
        st.rerun()
    stepper(scene, visit)


def stepper(scene: Scene, visit: int | str = 0, compact: bool = False, fixed: bool = False) -> None:
    """Draw the scene. A new `visit` moves the picture to its phase and step; else it stays where the learner is.
    `compact` leaves the bare columns, reading over and over; in a `fixed` picture nothing can be changed."""
    level = scene.level
    header, arrays, grus = _drawn(scene.experiment, scene.changes, level)
    network, reading = sizes(scene.experiment), scene.experiment.reading()
    edits = [edit for edit in scene.changes if isinstance(edit, Edit)]
    start_set = any(edit.name.endswith("_0") for edit in edits)
    told = {
        "words": labels(network, level, reading) | story(network, level, reading, scene.experiment.target, start_set),
        "units": unit_names(scene.experiment, level.layer),
        "query": to_query(scene),
        "edited": [[name, *edit.at] for edit in edits if (name := level.called(edit.name))],
        "compact": compact,
        "fixed": fixed,
    }
    data = _packed(header, arrays, scene.cursor, visit, told)
    if compact or fixed:
        _component(key="home-picture" if compact else "fixed-picture", data=data)
    else:
        _component(key="picture", data=data, on_edit_change=_edit, on_level_change=_choose)
        if grus:
            conventions(grus, network.cell, header["steps"])


def learned_stepper(learned: Learned, sequence: int, cursor: Cursor, visit: str) -> None:
    """Draw a network that has learned, reading a sequence of its exam. Raises Invalid where it is too large."""
    level = cursor.level
    header, arrays, grus = _learned(learned, sequence, level)
    network, reading = learned.model.architecture, learned.reading(sequence)
    told = {
        "words": labels(network, level, reading) | story(network, level, reading, learned.task.name),
        "query": {**learned.moment.to_query(), "sequence": str(sequence)},
        "edited": [],
        "fixed": True,
    }
    data = _packed(header, arrays, cursor, visit, told)
    _component(key="learned-picture", data=data, on_level_change=_choose_learned)
    if grus:
        conventions(grus, network.cell, header["steps"])


def _packed(
    header: dict[str, Any], arrays: dict[str, np.ndarray], cursor: Cursor, visit: int | str, told: dict[str, Any]
) -> bytes:
    header = {
        **header,
        **told,
        "symbols": [_("end") if k == header["end"] else symbol for k, symbol in enumerate(header["symbols"])],
        "query": {**told["query"], "lang": language()},
        "cursor": {**cursor._asdict(), "t": cursor.step},
        "visit": visit,
        "answers": st.session_state.get("answers", 0),  # or a change that was refused would get no answer
    }
    return pack(header, arrays)


def _edit() -> None:
    """Callback: the learner changed the network in the picture, or took all changes back."""
    state = st.session_state
    if state.picture.edit is not None:
        state.answers = state.get("answers", 0) + 1
        said = state.notices
        change(state.picture.edit)
        state.unsaid = said != state.notices


def _choose() -> None:
    """Callback: another layer or direction, named as layer and direction, is looked at."""
    state = st.session_state
    level, there = state.picture.level, levels(sizes(state.scene.experiment))
    if level is not None and tuple(level) in there:  # of a picture just left it may name what this one has not
        look_at(replace(state.scene, level=Level(*level), unit=0, node=""), *state.notices)


def _choose_learned() -> None:
    """Callback: the same of a network that has learned."""
    state = st.session_state
    level, there = state["learned-picture"].level, levels(state.exam.learned.model.architecture)
    if level is not None and tuple(level) in there:
        show(state.exam._replace(cursor=state.exam.cursor._replace(level=Level(*level), unit=0, node="")))
