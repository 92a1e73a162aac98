"""Scene ↔ session ↔ link. The Scene in the session is the truth; what shows it or changes it comes here."""

from __future__ import annotations

import streamlit as st

from pages.ui.address import followed, write
from rnn_core.changes import from_text
from rnn_core.invalid import Invalid
from rnn_core.scene import CURSOR, Scene, from_query, left_out, to_query


def current_scene() -> tuple[Scene, int]:
    """The Scene of this visit and its number. A link just followed starts a new visit; else the session's goes on."""
    state = st.session_state
    if (query := followed("scene")) is not None:
        state.scene, state.notices = from_query(query)
        state.visit = state.get("visit", 0) + 1
        state.refused = None
    return state.scene, state.visit


def change(text: str) -> None:
    """One more Change, as a link writes it; "": all are taken back. What cannot be used is said."""
    scene = st.session_state.scene
    try:
        changes = (*scene.changes, from_text(text)) if text else ()
        look_at(Scene(scene.experiment, step=0, changes=changes))
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
