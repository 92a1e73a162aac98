"""The unrolled picture on a page: a trace, its words, and where to look first.

Stepping happens in the browser. Python is asked again only for another Experiment or another language.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from pages.figures.unrolled import pack, unrolled
from pages.figures.update import update
from pages.ui.component import component
from pages.ui.language import _, language
from pages.ui.session import change, current_scene
from pages.ui.story import words
from pages.ui.words import unit_names
from rnn_core.changes import Changes, traced
from rnn_core.edits import Edit
from rnn_core.experiment import Experiment
from rnn_core.readers import END
from rnn_core.scene import Scene, to_query

_component = component("unroll")


@st.cache_resource(max_entries=100, show_spinner=False)
def _drawn(experiment: Experiment, changes: Changes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Shared by all visitors: two hundred who open one link compute it once."""
    replay, reading, trace = traced(experiment, changes)
    header, arrays = unrolled(replay.model, reading, trace)
    scales, changes_made = update(trace, replay)
    return {**header, "scale": {**header["scale"], **scales}}, arrays | changes_made


@st.fragment
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
    header, arrays = _drawn(scene.experiment, scene.changes)
    header = {
        **header,
        "symbols": [_("end") if symbol == END else symbol for symbol in header["symbols"]],
        "words": words(scene),
        "units": unit_names(scene.experiment),
        "query": {**to_query(scene), "lang": language()},
        "cursor": {"phase": scene.phase, "t": scene.step, "unit": scene.unit, "node": scene.node},
        "visit": visit,
        "compact": compact,
        "fixed": fixed,
        "answers": st.session_state.get("answers", 0),  # or a change that was refused would get no answer
        "edited": [[edit.name, *edit.at] for edit in scene.changes if isinstance(edit, Edit)],
    }
    if compact or fixed:
        _component(key="home-picture" if compact else "fixed-picture", data=pack(header, arrays))
    else:
        _component(key="picture", data=pack(header, arrays), on_edit_change=_edit)


def _edit() -> None:
    """Callback: the learner changed the network in the picture, or took all changes back."""
    state = st.session_state
    if state.picture.edit is not None:
        state.answers = state.get("answers", 0) + 1
        said = state.notices
        change(state.picture.edit)
        state.unsaid = said != state.notices
