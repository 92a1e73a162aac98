"""A question that is answered before the answer is shown."""

from __future__ import annotations

import streamlit as st

from pages.ui.language import _


def question(name: str, asked: str, options: list[str], right: int, answer: str) -> None:
    """Ask; once the learner has chosen, say whether that was right, and why. `answer` may be Markdown, computed by the
    page from the very numbers on screen."""
    with st.container(border=True):
        chosen = st.radio(asked, options, index=None, key=f"question.{name}.{asked}")
        if chosen is not None:
            said = _("Right.") if options.index(chosen) == right else _("Not quite.")
            st.markdown(f"**{said}** {answer}")
