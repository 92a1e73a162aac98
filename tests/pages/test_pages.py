"""The pages' own logic, without a browser: every page runs, and what a visitor does changes the Scene as it should."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from rnn_core import Experiment, Invalid
from rnn_core.analysis.conventions import conventions
from rnn_core.changes import traced
from rnn_core.scene import Scene, to_query
from rnn_core.words import sentence
from tests.browser.words import DRAWN, LANGUAGES, PAGES, ROOT, say
from tests.pages.unpack import unpack


def run(address: str = "unroll", **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "pages" / "main.py"), default_timeout=30)
    for name, value in {"lang": "en", **query}.items():
        app.query_params[name] = value
    app.run()
    if address:
        app.switch_page(f"{address}.py").run()
    assert not app.exception
    return app


def pictures(app: AppTest) -> list[tuple[dict[str, Any], dict[str, np.ndarray]]]:
    return [unpack(proto.bytes) for proto in mounted(app, "unroll")]


def mounted(app: AppTest, component: str) -> list[Any]:
    protos = [node.proto for node in app.get("bidi_component")]
    return [proto for proto in protos if proto.component_name == f"unrolled.{component}"]


def type_in(app: AppTest, text: str) -> AppTest:
    app.text_input(key="text").set_value(text).run()
    assert not app.exception
    return app


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("address", PAGES)
def test_a_page_runs_in_both_languages(address: str, language: str) -> None:
    """Its title is in the page's language; a picture holds every number of the network it names."""
    app = run(address, lang=language)
    assert [title.value for title in app.title] == [say(language, PAGES[address]) if address else "Unrolled"]
    assert bool(pictures(app)) == (address in DRAWN)
    shown = [pictures(app), app.get("plotly_chart"), mounted(app, "live"), mounted(app, "maps")]
    assert [bool(each) for each in shown].count(True) == 1
    for header, arrays in pictures(app):
        assert header["tokens"] == list("hello")
        assert header["words"]["phase"]["backward"] == say(language, "Backward")
        assert arrays["s.h"].shape == (6, 5)
        assert all(np.isfinite(array).all() for array in arrays.values())


def test_a_typed_word_is_read() -> None:
    """The Scene, the picture and the address all follow; the step goes back to the start."""
    app = type_in(run(preset="hello", text="hello", phase="loss", step="4"), "hole")
    assert app.session_state["scene"].experiment == Experiment.from_preset("hello", "hole")
    assert app.query_params["text"] == "hole"
    ((header, _),) = pictures(app)
    assert header["tokens"] == list("hole")


@pytest.mark.parametrize(
    ("kind", "text"), [("text", ""), ("text", "x" * 61), ("bits", "12"), ("numbers", "1,x"), ("numbers", "inf")]
)
def test_a_text_that_cannot_be_read_changes_nothing(kind: str, text: str) -> None:
    """Scene and picture stay to the last byte; one sentence says why, and goes when the text is mended."""
    app = run(kind=kind, text="1 0 1")
    scene, before = app.session_state["scene"], pictures(app)
    type_in(app, text)
    assert app.session_state["scene"] == scene
    np.testing.assert_equal(pictures(app), before)
    assert len(app.text) == 1
    type_in(app, "1 1")
    assert app.session_state["scene"] != scene
    assert not app.text


def test_every_control_changes_its_own_setting() -> None:
    """And no other: the Scene differs in that one field."""
    app = run(kind="text", text="banana", cell="lstm", hidden="4", seed="1")
    settings = [("selectbox", "init", "orthogonal"), ("number_input", "hidden", 3), ("slider", "gain", 0.5)]
    settings += [("number_input", "seed", 9), ("number_input", "forget_bias", 2.0)]
    for widget, field, value in settings:
        before = app.session_state["scene"].experiment.settings()
        getattr(app, widget)(key=field).set_value(value).run()
        assert not app.exception
        after = app.session_state["scene"].experiment.settings()
        assert {name for name in before | after if before.get(name) != after.get(name)} == {field}
        assert after.get(field) == value


def test_an_empty_forget_bias_is_as_drawn() -> None:
    """Emptying the field, as its label says, gives the drawn bias back."""
    app = run(kind="text", text="banana", cell="lstm", forget_bias="2")
    app.number_input(key="forget_bias").set_value(None).run()
    assert not app.exception
    assert app.session_state["scene"].experiment.forget_bias is None


def test_a_cell_without_a_forget_gate_has_no_forget_bias() -> None:
    """Its control goes with the LSTM, and so does the setting."""
    app = run(kind="text", text="banana", cell="lstm", forget_bias="2")
    app.selectbox(key="cell").set_value("gru").run()
    assert not app.exception
    assert app.session_state["scene"].experiment.forget_bias is None
    assert "forget_bias" not in {widget.key for widget in app.number_input}


@pytest.mark.parametrize("cell", ["gru", "gru-reset-before", "lstm"])
def test_a_gru_stands_beside_the_other(cell: str) -> None:
    """Under the picture, in the numbers of the network drawn, edits included; under no other cell."""
    app = run(text="banana", target="next", cell=cell, hidden="4", gain="2", changes="weight_hh.8.1_0.5")
    tables = [each.value for each in app.markdown if each.value.startswith("|")]
    if cell == "lstm":
        assert not tables
        return
    scene = app.session_state["scene"]
    replay, _, trace = traced(scene.experiment, scene.changes)
    found = conventions(replay.model.params, trace.layer)
    rows = [[part.strip().replace("−", "-") for part in row.strip("|").split("|")] for row in tables[0].split("\n")]
    assert [row[0] for row in rows[2:]] == ["*r*₆", "*z*₆", "*n*₆", "*h*₆", "*h*₆, had every step been so"]
    assert rows[0][1 + list(found).index(cell)].endswith("drawn above")
    for column, step in enumerate(found.values(), 1):
        assert [row[column] for row in rows[2:]] == [f"{value:.4f}" for value in step[1:]]
    assert any(f"here {1 - found[cell].z:.4f} in place" in each.value for each in app.markdown)


def test_updates_are_drawn_and_go_with_their_sequence() -> None:
    """The picture is of the network after them, with the losses on the way; of another text the page says they went."""
    app = run(text="banana", cell="lstm", hidden="4", changes="lr_0.1_10 h_0.0_0.5")
    ((header, arrays),) = pictures(app)
    replay, _, trace = traced(app.session_state["scene"].experiment, app.session_state["scene"].changes)
    np.testing.assert_array_equal(arrays["descent"], replay.losses)
    np.testing.assert_array_equal(arrays["losses"], trace.losses[:, 0])
    assert header["edited"] == [["h_0", 0]]
    type_in(app, "nab")
    assert app.query_params["changes"] == "h_0.0_0.5"
    assert [text.value for text in app.text] == [sentence(Invalid("updates-dropped", "changes"))]
    ((_, arrays),) = pictures(app)
    assert "descent" not in arrays


def test_changes_follow_each_other() -> None:
    """Each after the last, in the address too; what cannot be is said and changes nothing; all can be taken back."""

    def page() -> None:
        import streamlit as st

        from pages.ui.session import change, current_scene

        current_scene()
        change(st.session_state.pressed)

    app = AppTest.from_function(page, default_timeout=30)
    for pressed, changes in (
        ("h_0.0_1", "h_0.0_1"),
        ("lr_0.1_10", "h_0.0_1 lr_0.1_10"),
        ("lr_0.1_1", "h_0.0_1 lr_0.1_11"),
        ("h_0.0_2", "h_0.0_1 lr_0.1_11 h_0.0_2"),
        ("lr_1000_1", None),
        ("h_0.99_2", None),
        ("h_0.0_1.2.3", None),
        ("no change", None),
        ("", ""),
    ):
        before = app.session_state["scene"] if "scene" in app.session_state else Scene()
        app.session_state["pressed"] = pressed
        app.run()
        assert not app.exception
        assert len(app.session_state["notices"]) == (changes is None)
        if changes is None:
            assert app.session_state["scene"] == before
        else:
            assert to_query(app.session_state["scene"]).get("changes", "") == changes
            assert (app.query_params.get("changes") or "") == changes


def test_a_link_is_a_new_visit_and_a_rerun_is_not() -> None:
    """Only a link just followed sends the picture to the link's phase and step."""
    app = run(preset="parity", text="101", phase="backward", step="2")
    assert app.session_state["scene"] == Scene(Experiment.from_preset("parity", "101"), "backward", 2)
    visit = app.session_state["visit"]
    app.run()
    assert app.session_state["visit"] == visit
    app.query_params["text"] = "11"
    app.run()
    assert app.session_state["visit"] == visit + 1
    assert app.session_state["scene"].experiment.text == "11"
    assert app.text_input(key="text").value == "11"
