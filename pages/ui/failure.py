"""A page that fails says so in one sentence, with a way back to what it last showed and a code that the log has too."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

import streamlit as st

from pages.ui.language import _, sentence_space

_log = logging.getLogger("unrolled")


@contextmanager
def guarded() -> Iterator[None]:
    """Around a page, or as a decorator around a part of it that runs alone. What stood above the failure stays."""
    try:
        yield
    except Exception:
        st.session_state.failed = True
        code = secrets.token_hex(3)
        _log.exception("failure %s at %s", code, _here())
        sentence = _("Something went wrong here. In the log it is {code}.").format(code=code)
        back = _("Back to what was shown before")
        st.markdown(f"{sentence}{sentence_space()}[{back}]({_good()})")


def succeeded() -> None:
    """This is what to come back to, if no part of it failed."""
    if not st.session_state.pop("failed", False):
        st.session_state.good = _here()


def _here() -> str:
    return f"{st.session_state.get('page') or ''}?{urlencode(st.query_params.to_dict())}"


def _good() -> str:
    """The last address that was shown without failure; where it is this very one, the page as one finds it at first."""
    good = st.session_state.get("good", "?")
    return good if good != _here() else f"{st.session_state.get('page') or ''}?"
