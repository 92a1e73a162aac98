"""A page that fails: one sentence, a way back, a code that the log has too, and never a traceback."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui import lesson, stepper
from rnn_core.analysis import gate_settings
from tests.browser.words import LANGUAGES, ROOT, say
from tests.pages.test_pages import pictures, run

PARTS = {"page": (lesson, "sections"), "fragment": (stepper, "traced")}  # a part that runs alone, too


def broken(*_: Any, **__: Any) -> Any:
    raise ZeroDivisionError("secret")


def told(app: AppTest, language: str) -> re.Match[str]:
    """The sentence with its code and the address it leads to."""
    assert not app.exception
    sentence = re.escape(say(language, "Something went wrong here. In the log it is {code}.", code="CODE"))
    way = re.escape(say(language, "Back to what was shown before"))
    pattern = sentence.replace("CODE", "([0-9a-f]{6})") + rf" ?\[{way}\]\((.*)\)"
    texts = [text.value for text in app.markdown]
    assert "secret" not in " ".join(texts)
    (found,) = filter(None, (re.fullmatch(pattern, text) for text in texts))
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("part", PARTS)
def test_a_failure_is_told_in_one_sentence(
    part: str, language: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What it was is in the log, under that code, and nowhere else."""
    app = run("", lang=language)
    monkeypatch.setattr(*PARTS[part], broken)
    app.query_params["text"] = "cacao"
    with caplog.at_level(logging.ERROR, "unrolled"):
        app.switch_page("unroll.py").run()
    assert told(app, language)[1] in caplog.text
    assert "ZeroDivisionError: secret" in caplog.text


@pytest.mark.parametrize("part", PARTS)
def test_the_way_back_is_what_was_last_shown(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And there it works again."""
    app = run("unroll", text="abba")
    monkeypatch.setattr(*PARTS[part], broken)
    app.query_params["text"] = "cacao"
    app.run()
    assert told(app, "en")[2] == "unroll?lang=en&text=abba"
    monkeypatch.undo()
    app.query_params["text"] = "abba"
    app.run()
    assert pictures(app)[0][0]["tokens"] == list("abba")


def test_where_nothing_was_shown_yet_it_leads_to_the_page_as_it_is_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate_settings, "inputs", broken)
    app = AppTest.from_file(str(ROOT / "pages" / "main.py"), default_timeout=30)
    app.switch_page("gates.py").run()
    assert told(app, "en")[2] in ("?", "gates?")
