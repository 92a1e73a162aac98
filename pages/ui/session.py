"""Scene ↔ session ↔ link. The Scene in the session is the truth; what shows it or changes it comes here. A link to a
training puts a network that has learned in its place, until it is left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import streamlit as st

from pages.ui.address import followed, write
from pages.ui.learned import complete, found
from rnn_core.changes import from_text
from rnn_core.experiment import Whole
from rnn_core.invalid import Invalid
from rnn_core.link import lenient
from rnn_core.scene import CURSOR, PHASES, Cursor, Scene, cursor_from, from_query, left_out, to_query
from rnn_core.training.learned import Learned


class Exam(NamedTuple):
    """A network that has learned, reading a sequence of its exam, counted from 0; cursor: where its link looks."""

    learned: Learned
    sequence: int
    cursor: Cursor

    def to_query(self) -> dict[str, str]:
        """The link, without the cursor but for the layer and direction looked at."""
        level = self.cursor.level.to_query()
        return {**self.learned.moment.to_query(), "sequence": str(self.sequence), **level}


def current_scene() -> tuple[Scene, int]:
    """The Scene of this visit and its number. A link just followed starts a new visit; else the session's goes on.

    `exam` in the session is the Exam that is shown in the Scene's place, or None.
    """
    state = st.session_state
    if (query := followed("scene")) is not None:
        learned, state.notices = found(query)
        if "run" not in query or "scene" not in state:  # of what is typed a link to a training says nothing
            state.scene, mended = from_query({} if "run" in query else query)
            state.notices += mended
        state.exam = None
        if learned:
            state.exam = _exam(learned, query, state.notices)
            complete(query, learned, state.exam.to_query())
        state.visit = state.get("visit", 0) + 1
        state.refused = None
    return state.scene, state.visit


def _exam(learned: Learned, query: Mapping[str, str], notices: list[Invalid]) -> Exam:
    """The sequence that training shows, where the link names none."""
    rule, usual = Whole(0, learned.sequences - 1), learned.exam.telling
    k = lenient("sequence", rule, query.get("sequence", str(usual)), notices)
    k = usual if k is None else k
    net, steps = learned.model.architecture, len(learned.reading(k).tokens)
    return Exam(learned, k, cursor_from(query, net, steps, notices, PHASES[:-1]))


def show(exam: Exam) -> None:
    """This in the Scene's place from now on, in the address too."""
    st.session_state.exam = exam
    write(exam.to_query())


def leave() -> None:
    """Callback: back to the Scene."""
    state = st.session_state
    state.exam = None
    state.visit += 1
    look_at(state.scene)


def change(text: str) -> None:
    """One more Change, as a link writes it; "": all are taken back. What cannot be used is said."""
    scene = st.session_state.scene
    try:
        changes = (*scene.changes, from_text(text)) if text else ()
        look_at(Scene(scene.experiment, step=0, changes=changes, level=scene.level))
    except Invalid as problem:
        st.session_state.notices = [problem]
    except ValueError:  # no change at all
        st.session_state.notices = [Invalid("type", "changes", text)]


def look_at(scene: Scene, *notices: Invalid | None) -> None:
    """This Scene from now on, in the address too, and what there is to say about it."""
    state = st.session_state
    state.scene = scene
    state.notices = [notice for notice in (*notices, left_out(scene)) if notice]
    # The address holds what is computed; where the learner is looking is the picture's, and the Share button's.
    write({name: text for name, text in to_query(scene).items() if name not in CURSOR})
