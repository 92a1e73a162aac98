"""The address: a link just followed is read from it, what is set since is written into it."""

from __future__ import annotations

import streamlit as st

from pages.ui.language import language


def followed(name: str) -> dict[str, str] | None:
    """The settings of a link just followed; None where the session goes on with what it holds under this name."""
    state = st.session_state
    query = {key: value for key, value in st.query_params.items() if key != "lang"}
    if name in state and (not query or query == state.get("query")):
        return None
    state.query = query
    return query


def write(query: dict[str, str]) -> None:
    """These settings from now on. Written here they are no link that was followed."""
    st.session_state.query = query
    st.query_params.from_dict({**query, "lang": language()})
