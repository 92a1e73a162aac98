"""The page's language: which one, and its words.

English is in the code, as `_("…")`; every other language is a gettext catalogue under assets/locale. The .po files
are read as they are, so that whoever edits one sees it after a reload, without a compile step.
"""

from __future__ import annotations

from pathlib import Path

import polib
import streamlit as st

LOCALE = Path(__file__).parents[2] / "assets" / "locale"
LANGUAGES = {"en": "English", "zh_CN": "中文"}


@st.cache_resource
def catalogue(language: str, edited: float) -> dict[str, str]:
    """English → translation. `edited` is the file's time stamp: a newer file is read again."""
    entries = polib.pofile(str(po_file(language)))
    return {entry.msgid: entry.msgstr for entry in entries if entry.msgstr}


def po_file(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "messages.po"


def sentence_space() -> str:
    """Between two sentences."""
    return "" if language().startswith("zh") else " "


def language() -> str:
    return st.session_state.get("language", "en")


def _(text: str) -> str:
    """The text in the visitor's language; English where it has not been translated."""
    if language() == "en":
        return text
    return catalogue(language(), po_file(language()).stat().st_mtime).get(text, text)


def choose_language() -> None:
    """Once per visit: the link's language, else the last visit's, else the browser's, else English."""
    if "language" not in st.session_state:
        cookie = st.context.cookies.get("language")
        wanted = st.query_params.get("lang") or (cookie if cookie in LANGUAGES else st.context.locale) or ""
        st.session_state.language = "zh_CN" if wanted.lower().startswith("zh") else "en"


def language_switch() -> None:
    def switch() -> None:
        # Pressing the chosen one again unselects it: that changes nothing.
        st.session_state.language = st.session_state.language_switch or st.session_state.language
        st.query_params["lang"] = st.session_state.language
        if st.session_state.get("query") == "bare":  # see address.py: the settings stay
            st.session_state.query = {}

    st.session_state.language_switch = language()
    st.segmented_control(
        _("Language"),
        list(LANGUAGES),
        format_func=LANGUAGES.__getitem__,
        key="language_switch",
        on_change=switch,
        label_visibility="collapsed",
        width="content",
    )
