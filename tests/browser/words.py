"""The pages of the app and its sentences, as a visitor should find them."""

from __future__ import annotations

import re
from pathlib import Path

import polib

ROOT = Path(__file__).parents[2]
LANGUAGES = ("en", "zh_CN")

# Address → English title, read from the table in pages/main.py: a page added there is tested from then on.
PAGES = {
    "" if "default=True" in line else re.findall(r'url_path="([\w-]+)"', line)[0]: title
    for line in (ROOT / "pages" / "main.py").read_text("utf-8").splitlines()
    for title in re.findall(r'st\.Page\(.*title=_\("(.+?)"\)', line)
}
DRAWN = ("", "unroll")  # pages with the unrolled picture; the others have figures


def say(language: str, text: str, **places: object) -> str:
    """The English text in this language, its {places} filled."""
    if language != "en":
        entry = polib.pofile(str(ROOT / "assets" / "locale" / language / "LC_MESSAGES" / "messages.po")).find(text)
        assert entry is not None, f"not in the catalogue: {text}"
        assert entry.msgstr, f"not translated: {text}"
        text = entry.msgstr
    return text.format(**places)
