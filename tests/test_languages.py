"""Both languages are complete: every string of the pages is in every catalogue, translated, with the same places."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).parents[1]
CATALOGUES = sorted((ROOT / "assets" / "locale").glob("*/LC_MESSAGES/messages.po"))

# Names and symbols, the same in every language.
SAME = {"LSTM", "GRU", "Xavier", "h", "e", "l", "o"}


def strings() -> Iterator[str]:
    """Every text marked with _("…") or N_("…")."""
    for path in (*sorted((ROOT / "pages").rglob("*.py")), ROOT / "rnn_core" / "words.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="_" | "N_"), args=[ast.Constant(value=str(text))]):
                    yield text


def places(text: str) -> list[str]:
    return sorted(re.findall(r"\{(\w*)\}", text))


def test_there_is_something_to_compare() -> None:
    """The reader of marked strings finds them, and there is a language besides English."""
    assert "Forward" in set(strings())
    assert "Word or sentence" in set(strings())
    assert [path.parts[-3] for path in CATALOGUES] == ["zh_CN"]


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_a_catalogue_is_complete(path: Path) -> None:
    """Nothing missing, empty, fuzzy, obsolete, twice, or left in English; each {place} is kept."""
    catalogue = polib.pofile(str(path))
    entries = {entry.msgid: entry.msgstr for entry in catalogue if not entry.obsolete}
    assert len(entries) == len(catalogue), "obsolete entries, or some twice"
    assert not [entry.msgid for entry in catalogue if entry.fuzzy]
    assert set(entries) == set(strings())
    assert not [text for text, translated in entries.items() if not translated.strip()]
    assert not [text for text, translated in entries.items() if text == translated and text not in SAME]
    assert not [text for text, translated in entries.items() if places(text) != places(translated)]


def test_symbols_are_never_translated() -> None:
    """W_hh, ∂L/∂h and their like stand in the translation as they stand in English."""
    symbol = re.compile(r"W_hh|∂L/∂[A-Zhc{]|[₀-₉]|[‖√∎]")
    for path in CATALOGUES:
        for entry in polib.pofile(str(path)):
            assert sorted(symbol.findall(entry.msgid)) == sorted(symbol.findall(entry.msgstr)), entry.msgid


def test_chinese_uses_the_terms_of_the_field() -> None:
    """遗忘门, never 忘记门; and the usual word for each term that occurs."""
    terms = {"forget bias": "遗忘门", "gradient": "梯度", "gates": "门", "time step": "时间步", "state": "状态"}
    for entry in polib.pofile(str(ROOT / "assets" / "locale" / "zh_CN" / "LC_MESSAGES" / "messages.po")):
        assert "忘记门" not in entry.msgstr
        for english, chinese in terms.items():
            if re.search(rf"\b{english}\b", entry.msgid, re.IGNORECASE):
                assert chinese in entry.msgstr, f"{entry.msgid}: {entry.msgstr}"
