"""Two hundred bad inputs: each is one sentence in the page's language, and nothing that was made is lost."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.language import catalogue, po_file
from rnn_core import Invalid
from rnn_core.experiment import TRAINING, Choice, Flag, Real, Text, Whole
from rnn_core.training.plan import Plan
from rnn_core.training.run import Run
from rnn_core.words import sentence
from tests.browser.words import LANGUAGES
from tests.core.test_own_data import CHINESE, GERMAN, NO_TEXTS
from tests.pages.test_own_data import SMALL, TABLE, TEXT, VALUES, give, press, said, saved, stop_all
from tests.pages.test_pages import run

FILES, LINKS = 20, 30  # of each kind of file, and links, in each language


def words(language: str) -> Callable[[str], str]:
    """As the page translates."""
    known = {} if language == "en" else catalogue(language, po_file(language).stat().st_mtime)
    return lambda text: known.get(text, text)


def is_sentence(text: str, language: str) -> bool:
    """Of that language, complete; what is quoted may be anything."""
    if language == "en":
        return text.endswith(".") and "\n" not in text
    return text.endswith("。") and any("\u4e00" <= ch <= "\u9fff" for ch in text)


# ---- Files


def noise(rng: random.Random) -> bytes:
    return bytes(rng.choices(range(256), k=rng.randint(1, 3000))) + b"\0"


def bad_text(rng: random.Random) -> bytes:
    """Binary, empty, in no encoding that is known, too short, or all the same."""
    makers: list[Callable[[], bytes]] = [
        lambda: noise(rng),
        lambda: rng.choice([*NO_TEXTS.values()]) * rng.randint(1, 9),
        lambda: rng.choice(["", " \n", "\ufeff"]).encode(),
        lambda: "".join(rng.choices(CHINESE + GERMAN, k=rng.randint(1, 150))).encode(),
        lambda: rng.choice("aé中").encode() * rng.randint(200, 3000),
    ]
    return rng.choice(makers)()


def bad_table(rng: random.Random) -> bytes:
    """What is no text, or a table with something wrong in its only column of numbers."""
    lines = TABLE.split("\n")
    row = rng.randrange(2, len(lines))  # in the first row it would be a name
    wrong = rng.choice(["n/a?", "1.2.3", "inf", "-1e999", "3e7", "5 €", "=A1", "<b>", "1_000", "０x1", "‮1", "{value}"])
    values = [f"{wrong if k == row - 1 else value}" for k, value in enumerate(VALUES)]
    makers: list[Callable[[], bytes]] = [
        lambda: noise(rng),
        lambda: rng.choice([*NO_TEXTS.values()]),
        lambda: b" \r\n" * rng.randint(0, 3),
        lambda: "\n".join(values).encode(rng.choice(["utf-8", "utf-16"])),
        lambda: ("price\n" + "\n".join(values)).encode(),
        lambda: "\n".join([*lines[:row], lines[row] + ",1,2", *lines[row + 1 :]]).encode(),
        lambda: "\n".join(lines[: rng.randint(1, 49)]).encode(),
        lambda: "\n".join(["x,y", *["4,4"] * rng.randint(50, 90)]).encode(),
        lambda: TEXT.encode(),
    ]
    return rng.choice(makers)()


@cache
def weights() -> bytes:
    return saved()


def bad_weights(rng: random.Random) -> bytes:
    """Cut, changed in its header, or something else."""
    sound = weights()
    header = 8 + int.from_bytes(sound[:8], "little")
    at = rng.randrange(header)
    makers: list[Callable[[], bytes]] = [
        lambda: noise(rng),
        lambda: sound[: rng.randrange(len(sound))],
        lambda: sound + b"\0" * rng.randint(1, 9),
        lambda: sound[:at] + bytes([sound[at] ^ 0x80]) + sound[at + 1 :],
        lambda: sound.replace(
            b'\\"task\\": \\"parity\\"', b'\\"task\\": \\"' + rng.choice([b"adding", b"nowhere"]) + b'\\"'
        ),
        lambda: sound[:header] + b"\xff" * (len(sound) - header),
    ]
    return rng.choice(makers)()


KINDS = {
    "next-char": (bad_text, TEXT, "own-file-next-char"),
    "forecast": (bad_table, TABLE, "own-file-forecast"),
    "parity": (bad_weights, "", "weights-given"),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("task", KINDS)
def test_a_bad_file_is_one_sentence(task: str, language: str) -> None:
    """Beside what was shown before; the Plan, its data and its weights are still there, and can be learnt."""
    maker, good, key = KINDS[task]
    rng = random.Random(task + language)
    app = give(run("train", lang=language, task=task), good or weights(), "mine", key)
    before = [app.session_state[name] for name in ("plan", "own", "weights") if name in app.session_state]
    shown = said(app)
    for _ in range(FILES):
        file = maker(rng)
        give(app, file, f"{rng.random()}", key)
        one = [text for text in said(app) if text not in shown]
        assert len(one) == 1, (file, one)
        assert is_sentence(one[0], language), one
        assert before == [app.session_state[name] for name in ("plan", "own", "weights") if name in app.session_state]
    press(app, "Start", language)
    assert "run" in app.query_params
    stop_all()


# ---- Numbers that are typed


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_pasted_and_no_series_is_one_sentence(language: str) -> None:
    rng = random.Random(language)
    app = give(run("train", lang=language, task="forecast"), TABLE)
    plan, shown = app.session_state["plan"], said(app)
    for _ in range(FILES):
        pasted = "".join(rng.choices("0123456789.,;-eE+ \n\t%x①＋−()[]\"'", k=rng.randint(1, 60)))
        app.text_area(key="own-pasted-forecast").set_value(pasted)
        press(app, "Read what is pasted", language)
        one = [text for text in said(app) if text not in shown]
        assert len(one) == 1, (pasted, one)
        assert is_sentence(one[0], language), one
        assert app.session_state["plan"] == plan


# ---- Links

JUNK = [
    "",
    " ",
    "nan",
    "inf",
    "-1",
    "1e99",
    "0x10",
    "None",
    "True",
    "<b>x</b>",
    "{value}",
    "%s",
    "🦉",
    "a" * 300,
    "'; --",
]


def bad_value(rng: random.Random, rule: object) -> str:
    """One to six values, some of them possible."""
    match rule:
        case Choice(options):
            some = [rng.choice(options)]
        case Whole(low, high) | Real(low, high):
            some = [str(rng.choice([low, high, low - 1, high + 1, rng.randint(int(low), int(high)), 10**30]))]
        case Flag():
            some = ["True", "False", "true"]
        case Text():
            some = ["sha256:" + "0" * 64, "sha256:" + "x" * 64, "co2", "../x"]
        case _:
            some = []
    return " ".join(rng.choice([*some, *some, rng.choice(JUNK)]) for _ in range(rng.choice([1, 1, 1, 2, 3, 6])))


def bad_link(rng: random.Random) -> dict[str, str]:
    """Some settings, anything else, and sometimes a training that is no longer kept."""
    names = rng.sample([*TRAINING], rng.randint(1, 8))
    link = {name: bad_value(rng, TRAINING[name]) for name in names}
    for _ in range(rng.randint(0, 2)):
        link[rng.choice(["utm", "v", "🦉", "__proto__", "script"])] = rng.choice(JUNK)
    return link


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_bad_link_opens_and_says_what_was_mended(language: str) -> None:
    """Just the sentences of what is told, each once said of each; and a Plan that a link can carry."""
    rng, app = random.Random(language), run("train", lang=language)
    for _ in range(LINKS):
        link = bad_link(rng)
        open_link(app, language, link)
        plan, notices = Plan.from_query(link)
        assert app.session_state["plan"] == plan
        assert Plan.from_query(plan.to_query()) == (plan, [])
        asks = [Invalid("data-missing", "data")] * plan.first.data.startswith("sha256:")
        shown = [sentence(notice, words(language)) for notice in (*notices, *asks)]
        for text in shown:
            assert is_sentence(text, language), text
            assert text in said(app), link
        assert {*said(app)} == {*shown}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_training_that_is_gone_leaves_its_settings(language: str) -> None:
    app = run("train", lang=language)
    open_link(app, language, {**Plan((SMALL,)).to_query(), "run": "<b>gone</b>"})
    assert said(app) == [sentence(Invalid("no-run", "run"), words(language))]
    assert app.session_state["plan"] == Plan((SMALL,))


def open_link(app: AppTest, language: str, link: dict[str, str]) -> None:
    app.query_params.clear()
    app.query_params.update({**link, "lang": language})
    app.run()
    assert not app.exception, link


def test_every_file_of_weights_here_is_bad_but_one() -> None:
    """So that what is refused above is refused for what was done to it."""
    assert saved() == weights()
    assert Run(SMALL, "numpy").weights() == weights()
