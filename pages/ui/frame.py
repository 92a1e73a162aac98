"""What surrounds every page: a little style, the language remembered, and links in the prose that set the picture.

A link such as [parity](unroll?preset=parity) is ordinary Markdown. Streamlit would open it in a new tab, as a new
visit; a small script takes the click instead and hands the link over, so that the page changes in place. Where it
does not run, the link still works as a link.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import streamlit as st

from pages.ui.address import presented
from pages.ui.component import component
from pages.ui.language import language

_component = component("frame", isolate_styles=False)


def frame(pages: dict[str, st.Page]) -> None:
    """Mounted once by the main script, with its pages by address. A followed link is a new visit to its page."""
    data = {"language": language(), "present": presented()}
    answer = _component(key="frame", data=data, on_followed_change=lambda: None)
    if followed := answer.get("followed"):
        address = urlsplit(str(followed))
        st.session_state.query = None  # even the link one came by is followed again
        st.switch_page(pages[address.path], query_params={**dict(parse_qsl(address.query)), "lang": language()})
