"""Lesson text: Markdown files a person without Python may edit, one per subject and language.

A file is cut into sections by lines of the form `<!-- anchor -->`.
"""

from __future__ import annotations

import re
from pathlib import Path

import streamlit as st

from pages.ui.language import language

LESSONS = Path(__file__).parents[2] / "assets" / "lessons"


def sections(name: str, language: str) -> dict[str, str]:
    """Anchor → Markdown. Raises FileNotFoundError for an unknown lesson or language."""
    parts = re.split(r"^<!-- ([\w-]+) -->$", (LESSONS / language / f"{name}.md").read_text("utf-8"), flags=re.M)
    return {anchor: _joined(text.strip()) for anchor, text in zip(parts[1::2], parts[2::2], strict=True)}


def _joined(text: str) -> str:
    """Chinese has no spaces, so a line broken between two of its characters is joined without one."""
    wide = "[\u2e80-\u9fff\uff00-\uffef]"
    return re.sub(f"(?<={wide})\n *(?={wide})", "", text)


def lesson(name: str, anchor: str) -> None:
    """Show one section in the page's language."""
    st.markdown(sections(name, language())[anchor])
