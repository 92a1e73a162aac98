"""A learner's own data and weights on the page Train, without a browser: given, refused, asked for, begun with."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from rnn_core import Experiment
from rnn_core.experiment import OWN_TABLE, OWN_TEXT, fingerprint
from rnn_core.own_data import table_of
from rnn_core.training.plan import Plan
from rnn_core.training.run import Run
from rnn_core.training.saved import read_saved, save
from rnn_core.training.service import service
from rnn_core.words import PROBLEMS
from tests.browser.words import LANGUAGES, say
from tests.pages.test_pages import run

TEXT = "the cat sat on the mat and the dog lay on the log. " * 10
VALUES = [round(math.sin(k / 3) + k / 50, 3) for k in range(80)]
TABLE = "day,price,note\n" + "\n".join(f"{k},{'NA' if k in (3, 4) else value},x" for k, value in enumerate(VALUES, 1))
SMALL = Experiment.from_task("parity", "gru", hidden=4, length=5, batch=4, budget=3)


@pytest.fixture(autouse=True)
def _nothing_goes_on() -> Iterator[None]:
    yield
    stop_all()


def stop_all() -> None:
    for slot in [*service().slots.values()]:
        service().stop(*slot.ticket)


def give(app: AppTest, data: bytes | str, name: str = "mine.txt", key: str = "") -> AppTest:
    """As somebody who chooses a file."""
    key = key or f"own-file-{app.session_state['plan'].first.task}"
    data = data.encode() if isinstance(data, str) else data
    app.file_uploader(key=key).set_value((name, data, "application/octet-stream")).run()
    assert not app.exception
    return app


def press(app: AppTest, label: str, language: str = "en") -> AppTest:
    (button,) = [each for each in app.button if each.label == say(language, label)]
    button.click().run()
    assert not app.exception
    return app


def until(happened: Callable[[], bool]) -> None:
    for _ in range(200):
        if happened():
            return
        time.sleep(0.05)
    raise AssertionError("waited ten seconds in vain")


def said(app: AppTest) -> list[str]:
    return [text.value for text in app.text]


def problem(language: str, code: str, **places: object) -> str:
    return say(language, PROBLEMS[code], **places)


def data(app: AppTest) -> str:
    return app.session_state["plan"].first.data


# ---- Data


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_is_learnt(language: str, encoding: str) -> None:
    """It is named by its SHA-256 alone in the address, and by its file's name on the page."""
    text = "学而时习之，不亦说乎？" * 30
    app = give(run("train", lang=language, task="next-char"), text.encode(encoding))
    assert data(app) == app.query_params["data"] == fingerprint(text)
    assert "mine.txt" in app.selectbox(key="plan.None.data").options
    assert app.selectbox(key="plan.None.data").value == fingerprint(text)
    assert text[:200] + "…" in said(app)
    press(app, "Start", language)
    assert service().plan(app.query_params["run"]) == app.session_state["plan"]


def test_a_short_text_is_read_in_short_pieces() -> None:
    """No longer than its tenth that is held out; the control goes no further."""
    app = give(run("train", task="next-char"), TEXT[:250])
    assert app.session_state["plan"].first.length == app.number_input(key="plan.None.length").max == 24
    press(app, "Start")
    assert said(app)[0] == "mine.txt"


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_a_table_a_column_is_learnt(language: str) -> None:
    """The likely one, until another is chosen; what its gaps became is said."""
    app = give(run("train", lang=language, task="forecast"), TABLE, "prices.csv")
    series = table_of(TABLE).series(1)
    assert data(app) == fingerprint(series.text)
    assert "prices.csv · price" in said(app)
    assert problem(language, "gaps-filled", value="4, 5", bound=2) in said(app)
    assert len(app.get("vega_lite_chart")) == 1
    app.selectbox(key="own-column").set_value(0).run()
    assert not app.exception
    assert data(app) == fingerprint(table_of(TABLE).series(0).text)
    app.selectbox(key="own-column").set_value(2).run()
    assert problem(language, "cell", bound=2, field="“note”", value="x") in said(app)
    assert data(app) == fingerprint(table_of(TABLE).series(0).text)
    app.selectbox(key="own-column").set_value(1).run()
    assert data(app) == fingerprint(series.text)
    press(app, "Start", language)
    assert service().plan(app.query_params["run"]).first.data == fingerprint(series.text)


def test_whether_the_first_row_is_names_can_be_said() -> None:
    values = "\n".join(f"{2000 + k},{value}" for k, value in enumerate(VALUES))
    app = give(run("train", task="forecast"), values, "a.csv")
    before = data(app)
    app.toggle(key="own-header").set_value(True).run()
    assert not app.exception
    assert data(app) != before
    assert f"a.csv · {VALUES[0]}" in said(app)
    app.toggle(key="own-header").set_value(False).run()
    assert data(app) == before


@pytest.mark.parametrize(("task", "text"), [("next-char", TEXT), ("forecast", ", ".join(map(str, VALUES)))])
def test_it_can_be_pasted(task: str, text: str) -> None:
    app = run("train", task=task)
    app.text_area(key=f"own-pasted-{task}").set_value(text)
    press(app, "Read what is pasted")
    own = text if task == "next-char" else "\n".join(map(repr, VALUES))
    assert data(app) == fingerprint(own)
    assert "your own" in app.selectbox(key="plan.None.data").options


def test_one_can_go_back_to_what_was_given_before() -> None:
    """To the data of the task, and to each of one's own."""
    app = run("train", task="next-char")
    texts = [TEXT, TEXT.replace("cat", "rat")]
    for k, text in enumerate(texts):
        give(app, text, f"{k}.txt")
    for name in ("en", *map(fingerprint, texts)):
        app.selectbox(key="plan.None.data").set_value(name).run()
        assert not app.exception
        assert data(app) == name
    assert app.selectbox(key="plan.None.data").options[-2:] == ["0.txt", "1.txt"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_too_large_is_said_in_one_sentence(language: str) -> None:
    """Six megabytes of a table, two of a text: the last good data stay."""
    for task, good, most in (("forecast", TABLE, OWN_TABLE), ("next-char", TEXT, OWN_TEXT)):
        app = give(run("train", lang=language, task=task), good)
        before, shown = app.session_state["plan"], said(app)
        give(app, b"1\n" * ((most + 2**20) // 2))
        wanted = problem(language, "file-too-large", value=(most + 2**20) / 2**20, bound=most >> 20)
        assert said(app) == [wanted, *shown]
        assert app.session_state["plan"] == before
        give(app, good)
        assert said(app) == shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_link_to_somebodys_own_data_asks_for_them(language: str) -> None:
    """Said at once; Start says it again; another file is not it; the right one brings the link's settings to life."""
    app = run("train", lang=language, task="next-char", data=fingerprint(TEXT), hidden="7", length="9", budget="5")
    plan, asks = app.session_state["plan"], problem(language, "data-missing")
    assert asks in said(app)
    press(app, "Start", language)
    assert asks in said(app)
    assert "run" not in app.query_params
    give(app, TEXT.upper(), "other.txt")
    assert problem(language, "other-data") in said(app)
    assert app.session_state["plan"] == plan
    give(app, TEXT)
    assert app.session_state["plan"] == plan
    assert said(app)[0] == "mine.txt"
    press(app, "Start", language)
    assert service().plan(app.query_params["run"]) == plan


def test_other_data_can_be_learnt_all_the_same() -> None:
    app = give(run("train", task="next-char", data=fingerprint(TEXT)), TEXT.upper(), "other.txt")
    press(app, "Learn from it all the same")
    assert data(app) == fingerprint(TEXT.upper())
    assert said(app)[0] == "other.txt"


@pytest.mark.parametrize("column", [0, 1])
def test_a_link_finds_its_column(column: int) -> None:
    """The file is enough: nobody need know which column it was."""
    name = fingerprint(table_of(TABLE).series(column).text)
    app = give(run("train", task="forecast", data=name), TABLE, "prices.csv")
    assert data(app) == name
    assert app.selectbox(key="own-column").value == column


def test_data_of_one_task_are_not_anothers() -> None:
    """A link that says so asks for the file, as if nothing were here."""
    app = give(run("train", task="next-char"), TEXT)
    app.query_params.update({"task": "forecast", "data": fingerprint(TEXT)})
    app.run()
    assert not app.exception
    assert problem("en", "data-missing") in said(app)


@pytest.mark.parametrize(("task", "own"), [("next-char", TEXT), ("forecast", TABLE)])
def test_a_training_goes_on_with_its_data_after_a_reload(task: str, own: str) -> None:
    """Its owner need not give them again; whoever watches does not get them."""
    app = press(give(run("train", task=task), own), "Start")
    mine = app.session_state["tokens"][app.query_params["run"]]
    for token in (mine, "no"):
        again = run("train")
        again.session_state["tokens"] = {app.query_params["run"]: token}
        again.query_params.update({name: app.query_params[name] for name in app.query_params})
        again.run()
        assert not again.exception
        assert data(again) == data(app)
        assert (token == mine) == (problem("en", "data-missing") not in said(again))


def test_markup_stays_text() -> None:
    """In the file's name, in its first row and in what it holds."""
    markup = "**x** <img src=x> $y$ :red[z]"
    app = give(run("train", task="next-char"), markup * 20, f"{markup}.txt")
    assert f"{markup}.txt" in said(app)
    table = f"a,{markup}\n" + "\n".join(f"{k},{v}" for k, v in enumerate(VALUES)) + f"\n1,{markup}"
    app = give(run("train", task="forecast"), table)
    app.selectbox(key="own-column").set_value(1).run()
    assert problem("en", "cell", bound=82, field=f"“{markup[:30]}”", value=markup) in said(app)
    assert not any(markup in shown.value for shown in (*app.markdown, *app.caption, *app.error))


# ---- Weights


def saved(experiment: Experiment = SMALL) -> bytes:
    return Run(experiment, "numpy").weights()


def test_a_file_of_weights_is_begun_with() -> None:
    """Its settings are the page's; Start gives the weights to the training; a way back goes with the sentence."""
    app = give(run("train"), saved(), "gru.safetensors", "weights-given")
    assert app.session_state["plan"] == Plan((SMALL,))
    assert said(app) == [
        say("en", "Begins with the weights of {file}, learnt on: {task}", file="gru.safetensors", task="Parity")
    ]
    press(app, "Start")
    group = service().slots[app.query_params["run"]].group
    assert group
    np.testing.assert_array_equal(group.runs[0].first["weight_hh"], app.session_state["weights"][0]["weight_hh"])
    assert "Start" not in [button.label for button in app.button]
    press(app, "Begin with drawn ones")
    assert said(app) == []
    press(app, "Start")
    again = service().slots[app.query_params["run"]].group
    assert again
    assert (again.runs[0].first["bias_hh"] == Run(SMALL, "numpy").first["bias_hh"]).all()


def test_the_weights_of_a_training_can_be_had() -> None:
    """Each model's as it is when the pop-over is opened; and the history."""
    app = run("train", task="parity", cell="gru rnn", hidden="4", length="5", budget="3")
    press(app, "Start")
    until(lambda: service().made(app.query_params["run"]) == [3, 3])
    app.session_state["weights-file"] = True
    app.run()
    assert not app.exception
    labels = [each.proto.label for each in app.get("download_button")]
    assert labels == ["GRU after 3 updates", "RNN (tanh) after 3 updates", "Losses and scores (CSV)"]
    first = read_saved("", service().weights(app.query_params["run"], 0, 3))
    assert Plan((first.experiment,)) == app.session_state["plan"].without(1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_weights_of_another_network_are_dropped_and_that_is_said(language: str) -> None:
    app = give(run("train", lang=language), saved(), "gru.safetensors", "weights-given")
    app.number_input(key="plan.0.lr").set_value(0.5).run()
    assert len(app.session_state["weights"]) == 1
    app.number_input(key="plan.0.hidden").set_value(5).run()
    assert not app.exception
    assert said(app) == [problem(language, "weights-dropped", value="gru.safetensors")]
    assert not app.session_state["weights"]
    press(app, "Start", language)
    assert service().plan(app.query_params["run"]).first.hidden == 5


def test_a_model_beside_begins_with_its_own() -> None:
    """And where the first is taken away, its weights go with it."""
    app = give(run("train"), saved(), "gru.safetensors", "weights-given")
    press(app, "Add a model beside")
    assert said(app) == [
        say(
            "en",
            "The first model begins with the weights of {file}, learnt on: {task}",
            file="gru.safetensors",
            task="Parity",
        )
    ]
    app.button(key="plan.0.away").click().run()
    assert not app.exception
    assert not app.session_state["weights"]
    assert said(app) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_are_no_weights_is_said_and_changes_nothing(language: str) -> None:
    app = give(run("train", lang=language), saved(), "gru.safetensors", "weights-given")
    plan, weights, shown = app.session_state["plan"], app.session_state["weights"], said(app)
    files = {
        "not-weights": b"\x80\x04\x95pickle",
        "weights-not-finite": save(SMALL, {k: v * np.nan for k, v in Run(SMALL, "numpy").first.items()}),
    }
    for code, file in files.items():
        give(app, file, "bad.safetensors", "weights-given")
        assert sorted(said(app)) == sorted([problem(language, code), *shown])
        assert (app.session_state["plan"], app.session_state["weights"]) == (plan, weights)
