"""A field for a file. Streamlit's says in English what it is for; by the style sheet, the page's words stand there."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.ui.language import _


def file_field(label: str, most: int, key: str, change: Callable[..., None], given: tuple[Any, ...] = ()) -> None:
    """most: bytes that will be read. The file is in the session under `key` when `change(*given)` is called."""
    words = {
        "choose": _("Choose a file"),
        "limit": _("{most} MB at most").format(most=most >> 20),
        "drop": _("Drop the file here"),
        "refused": _("Not sent: too large, or no connection."),
    }
    style = "".join(f"--{name}: {json.dumps(word, ensure_ascii=False)};" for name, word in words.items())
    st.html(f"<style>.st-key-{key} {{{style}}}</style>")
    st.file_uploader(label, key=key, on_change=change, args=given)
