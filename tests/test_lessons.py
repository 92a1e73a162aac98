"""The lessons: the same in both languages, their links lead where they say, and what they claim of weights is true."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from pages.ui.lesson import LESSONS, sections
from rnn_core import tasks
from rnn_core.analysis.gate_settings import GateLab
from rnn_core.analysis.gradients import GradientLab
from rnn_core.presets import PRESETS
from rnn_core.scene import from_query
from rnn_core.training.plan import Plan
from tests.browser.words import LANGUAGES, PAGES

LINK = re.compile(r"\]\(([^)\s]+)\)")
CLAIM = re.compile(r"(\w+)\[(\d+)(?:, ?(\d+))?\] = (-?[\d.]+)")
# What reads a page's link.
READERS = {
    "unroll": from_query,
    "gates": GateLab.from_query,
    "gradients": GradientLab.from_query,
    "train": Plan.from_query,
}
NAMES = sorted(path.stem for path in (LESSONS / "en").glob("*.md"))
every_lesson = pytest.mark.parametrize("name", NAMES)
every_language = pytest.mark.parametrize("language", LANGUAGES)


def links(text: str) -> list[str]:
    return LINK.findall(text)


def claims(text: str) -> list[tuple[str, ...]]:
    return CLAIM.findall(text)


def test_every_language_has_the_same_lessons() -> None:
    """File for file; and each language has its folder."""
    folders = sorted(path for path in LESSONS.iterdir() if path.is_dir())
    assert [folder.name for folder in folders] == sorted(LANGUAGES)
    assert {folder.name: sorted(path.stem for path in folder.iterdir()) for folder in folders} == {
        language: NAMES for language in LANGUAGES
    }


@every_lesson
def test_every_language_tells_the_same(name: str) -> None:
    """The same sections in the same order, with the same links and the same claims in each."""
    english, *others = (sections(name, language) for language in LANGUAGES)
    for other in others:
        assert list(other) == list(english)
        for anchor, text in english.items():
            assert links(other[anchor]) == links(text), anchor
            assert sorted(claims(other[anchor])) == sorted(claims(text)), anchor
            assert other[anchor] != text, f"{anchor} is not translated"


@every_language
@every_lesson
def test_links_lead_where_they_say(name: str, language: str) -> None:
    """To a page of the app, and to settings of it that need no mending."""
    for text in sections(name, language).values():
        for link in links(text):
            address = urlsplit(link)
            assert address.path in PAGES, link
            _, notices = READERS[address.path](dict(parse_qsl(address.query, strict_parsing=True)))
            assert not notices, link


@every_language
@pytest.mark.parametrize("page", READERS)
def test_there_is_something_to_try(page: str, language: str) -> None:
    """At least four links that set what the page shows; of Train, three with each task."""
    told = sections(page, language)
    if page == "train":
        for task in tasks.names():
            assert len({link for link in links(told[task]) if f"train?task={task}" in link}) >= 3, task
        return
    assert len({link for link in links(told["try"]) if urlsplit(link).path == page}) >= 4


@every_language
def test_every_preset_gives_its_reasons(language: str) -> None:
    """Its section makes claims, and every one of them, `weight_hh[2, 1] = 1.5` (rows and columns from 1), is true."""
    told = sections("presets", language)
    assert set(told) == set(PRESETS)
    for name, text in told.items():
        assert len(claims(text)) >= 2
        # Whatever names a weight must be a claim that can be checked.
        assert len(claims(text)) == len(re.findall(r"(?:weight|bias)_\w+", text)), name
        for parameter, row, column, value in claims(text):
            index = tuple(int(number) - 1 for number in (row, column) if number)
            assert min(index) >= 0
            assert PRESETS[name].params[parameter][index] == float(value), f"{parameter}[{row}, {column}] = {value}"


@every_lesson
def test_chinese_uses_the_terms_of_the_field(name: str) -> None:
    """遗忘门, never 忘记门; and where the English has a term, the Chinese has its usual word."""
    terms = {
        r"recurrent (neural )?network": "循环神经网络",
        r"time step": "时间步",
        r"\bforget gate": "遗忘门",
        r"\binput gate": "输入门",
        r"\boutput gate": "输出门",
        r"\bhidden state": "隐状态",
        r"\bcell state": "记忆元",
        r"\bgradient": "梯度",
        r"\bloss\b": "损失",
        r"\bstate\b": "状态",
        r"\bweights?\b": "权重",
    }
    english, chinese = sections(name, "en"), sections(name, "zh_CN")
    for anchor, text in chinese.items():
        assert "忘记门" not in text
        for term, word in terms.items():
            if re.search(term, english[anchor], re.IGNORECASE):
                assert word in text, f"{anchor}: {term}"


def test_chinese_sentences_are_chinese() -> None:
    """No line of English is left, and its punctuation is full width."""
    for path in (LESSONS / "zh_CN").glob("*.md"):
        text = re.sub(r"`[^`]*`|\]\([^)]*\)|<!--.*?-->", "", Path(path).read_text("utf-8"))
        assert not re.search(r"\b[a-z]+ [a-z]+ [a-z]+ [a-z]+\b", text), path.name
        assert not re.search(r"[\u4e00-\u9fff] ?[,;:?!]", text), path.name
