"""The address: a link just followed is read from it, what is set since is written into it, and Back restores it."""

from __future__ import annotations

import streamlit as st

from pages.ui.language import language

Query = dict[str, str]
ASIDE = ("lang", "present")  # how a page is shown, not what


def followed(name: str) -> Query | None:
    """The settings of a link just followed, Back and Forward included; None where the session goes on with what it
    holds under this name. How many links were followed in all is in the session as `followed`.

    The menu leads to a bare address, without settings or language: it means what was held when the page was come to.
    """
    state = st.session_state
    query = {key: value for key, value in st.query_params.items() if key not in ASIDE}
    here = query if st.query_params else "bare"
    held: dict[str, Query] = state.setdefault("held", {})  # by name: what the session holds, as a link says it
    arrived, state.name = state.pop("arrived", False), name
    if arrived:
        state.bare = held.get(name, {})
    goes_on = here == state.get("query") or (arrived and not query)
    state.query = here
    if goes_on and name in state:
        return None
    held[name] = state.get("bare", {}) if here == "bare" else query
    state.followed = state.get("followed", 0) + 1
    return held[name]


def write(query: Query) -> None:
    """These settings from now on. Written here they are no link that was followed."""
    state = st.session_state
    state.query = state.held[state.name] = query
    st.query_params.from_dict({**query, "lang": language(), **({"present": "1"} if presented() else {})})


def presented() -> bool:
    """Is the page shown to a hall?"""
    return bool(st.query_params.get("present"))
