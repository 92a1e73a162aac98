"""The unrolled picture of a network that has learned, with what it is and a choice of what it reads."""

from __future__ import annotations

import streamlit as st

from pages.ui.labs import say
from pages.ui.language import _
from pages.ui.learned import told, ways_on
from pages.ui.lesson import lesson
from pages.ui.session import Exam, leave, show
from pages.ui.stepper import learned_stepper
from pages.ui.words import words_for
from rnn_core.drawable import drawn_steps
from rnn_core.invalid import Invalid


def draw_exam(exam: Exam, visit: int) -> None:
    """From top to bottom as it stands on the page."""
    learned, n = exam.learned, exam.learned.sequences
    lesson("unroll", "learned")
    told(learned)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.session_state["exam.sequence"] = exam.sequence + 1
        which = _("Sequence of the held-out set (1 … {n})").format(n=n)
        st.markdown(which, width="content")
        st.number_input(which, 1, n, key="exam.sequence", on_change=_choose, width=140, label_visibility="collapsed")
        ways_on(learned, "unroll", _("Your own sequence"), leave)
    say()
    try:
        _draw(exam, visit)
    except Invalid as problem:  # too large
        st.text(words_for(problem))


def _draw(exam: Exam, visit: int) -> None:
    learned, T = exam.learned, len(exam.learned.reading(exam.sequence).tokens)
    drawn = drawn_steps(learned.model, T)
    if drawn < T:
        cut = _("The first {n} of its {T} time steps are drawn. Their gradients are those of the whole sequence.")
        st.markdown(cut.format(n=drawn, T=T))
    learned_stepper(learned, exam.sequence, exam.cursor, f"exam {visit}")


def _choose() -> None:
    """Callback: another sequence."""
    state = st.session_state
    state.notices = []
    show(state.exam._replace(sequence=state["exam.sequence"] - 1))
