"""The page Gates without a browser: every view runs, shows the core's numbers, and says what it could not use."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.figures.gates import maps
from pages.figures.scale import scale
from pages.ui.lesson import sections
from pages.ui.words import GATE_VIEWS
from rnn_core.analysis.flow import median
from rnn_core.analysis.gate_settings import GateLab, quantities_of
from rnn_core.analysis.gates import half_life, left_over, saturation
from rnn_core.analysis.order import order
from rnn_core.analysis.side_by_side import intervened, run, varied
from rnn_core.analysis.variants import SWITCHES
from rnn_core.clamp import Clamp
from rnn_core.words import sentence
from tests.browser.words import LANGUAGES, say
from tests.pages.charts import charts, figures, lines, painted
from tests.pages.test_pages import run as open_page


def lab_of(app: AppTest) -> GateLab:
    return app.session_state["GateLab"]


def maps_of(figure: dict[str, Any]) -> list[np.ndarray]:
    return [np.array(trace["z"], float) for trace in lines(figure, "heatmap")]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("view", GATE_VIEWS)
def test_every_view_runs(view: str, cell: str, language: str) -> None:
    """In both languages and for every cell; its figures have names, and all that is asked is answered."""
    app = open_page("gates", view=view, cell=cell, lang=language)
    assert not app.text
    assert app.title[0].value == say(language, "Gates")
    assert figures(app) or (view, cell) == ("clamp", "rnn")
    assert len(app.radio) == (cell != "rnn" or view not in ("maps", "clamp"))
    for asked in app.radio:
        for option in asked.options:
            before = len(app.markdown)
            app = app.radio[0].set_value(option).run()
            assert not app.exception
            assert len(app.markdown) >= before


def test_maps_show_the_trace() -> None:
    """Number for number, every unit in its place, on the scale of its kind."""
    lab = GateLab(quantities=("h", "c", "f", "pre_g"), step=7)
    app = open_page("gates", **lab.to_query())
    trace = run(lab, "lstm").trace
    rows = order(trace, "half-life")
    header, arrays = painted(app)["gates"]
    assert (header["units"], header["step"]) == (rows.tolist(), 7)
    wanted = {"h": trace.states["h"][1:], "c": trace.states["c"][1:], "f": trace.gates["f"], "pre_g": trace.pre["g"]}
    assert [quantity["name"] for quantity in header["quantities"]] == list(wanted)
    for quantity in header["quantities"]:
        values = wanted[quantity["name"]][:, 0]
        np.testing.assert_array_equal(arrays[quantity["name"]], values)
        assert quantity["signed"] == (quantity["name"] != "f")
        assert quantity["end"] == (scale(values) if quantity["signed"] else 1)
    lives = painted(app)["half-life"]
    assert lives[0]["units"] == rows.tolist()
    np.testing.assert_array_equal(lives[1]["lives"], half_life(trace)[rows])
    gates, shares = painted(app)["saturation"]
    assert gates["gates"] == ["i", "f", "o"]
    np.testing.assert_array_equal(shares["shut"], [saturation(trace)[gate].shut for gate in "ifo"])
    np.testing.assert_array_equal(shares["open"], [saturation(trace)[gate].open for gate in "ifo"])


def test_a_batch_is_averaged() -> None:
    """Over the sequences that go on."""
    lab = GateLab(data="brackets", batch=4, quantities=("h",))
    trace = run(lab, "lstm").trace
    _, arrays = painted(open_page("gates", **lab.to_query()))["gates"]
    assert trace.lengths is not None
    long = trace.lengths == trace.lengths.max()
    np.testing.assert_allclose(arrays["h"][-1], trace.states["h"][-1][long].mean(axis=0))


def test_a_number_that_is_none_is_named() -> None:
    """In a sentence; and it is sent as what it is."""
    trace = run(GateLab(quantities=("c",)), "lstm").trace
    c = trace.states["c"].copy()
    c[31:, 0, 2] = np.inf
    drawing, _, arrays = maps(GateLab(quantities=("c", "f")), replace(trace, states={**trace.states, "c": c}), str)
    assert [note[:48] for note in drawing.notes] == ["c has left the range of numbers from time step 3"]
    assert "31 on" in drawing.notes[0]
    assert np.isinf(arrays["c"][30:, 2]).all()
    assert np.isinf(drawing.data["c[3]"][30:]).all()


@pytest.mark.parametrize("view", ["clamp", "variants"])
def test_with_and_without(view: str) -> None:
    """Both maps of a row are the two runs' on one scale, and so are the lines."""
    lab = GateLab(view=view, clamps=(Clamp("f", 1, 5, 30, 2),), bias_gate="o", bias=2)
    runs = intervened(lab) if view == "clamp" else varied(lab)
    app = open_page("gates", **lab.to_query())
    shown = lines(charts(app)["states"], "heatmap")
    names = [name for name in (("h", "c", "f", "o") if view == "clamp" else ("c", "h")) for _ in runs]
    assert len(shown) == len(names)
    for k, (trace, name) in enumerate(zip(shown, names, strict=True)):
        layer = runs[k % 2].trace
        values = layer.states[name][1:] if name in "hc" else layer.gates[name]
        np.testing.assert_array_equal(np.array(trace["z"], float), values[:, 0].T)
        assert trace["zmax"] == shown[k - k % 2]["zmax"]
    drawn = [each.flow.states[name] for each in runs for name in ("s", "c")]
    for line, logs in zip(lines(charts(app)["gradient"], "scatter"), drawn, strict=True):
        found = np.array(line["y"], float)
        np.testing.assert_array_equal(found, np.where(np.isfinite(median(logs)), median(logs), np.nan))


def test_three_cells_are_compared() -> None:
    """A GRU has three quarters of an LSTM's parameters, a plain RNN one; each map is its own cell's."""
    app = open_page("gates", view="cells")
    assert [metric.value for metric in app.metric] == ["1,280", "960", "320"]
    assert [metric.delta for metric in app.metric] == ["1 of the LSTM's", "0.75 of the LSTM's", "0.25 of the LSTM's"]
    lab, _ = GateLab.from_query({"view": "cells"})
    wanted = [run(lab, cell).trace.states["h"] for cell in ("lstm", "gru", "rnn")] + [
        run(lab, "lstm").trace.states["c"]
    ]
    for shown, values in zip(maps_of(charts(app)["states"]), wanted, strict=True):
        np.testing.assert_array_equal(shown, values[1:, 0].T)
    app.button[0].click().run()
    assert not app.exception


def test_one_memory() -> None:
    """What is drawn is the laboratory's; a slider sets its signal at the chosen step alone, in the address too."""
    app = open_page("gates", view="memory", moment="3")
    app.slider(key="signal.write").set_value(0.5).run()
    app.slider(key="signal.value").set_value(-1.0).run()
    lab = lab_of(app)
    assert lab == GateLab(
        view="memory", moment=3, write=(1, 0, 0.5, 0, 1, 0, 0, 0), value=(0.8, 0, -1, 0, -0.5, 0, 0, 0)
    )
    assert app.query_params["write"] in ("1 0 0.5 0 1 0 0 0", ["1 0 0.5 0 1 0 0 0"])
    figure = charts(app)["memory"]
    c, h = lines(figure, "scatter")
    np.testing.assert_array_equal(c["y"], lab.memory.c[1:])
    np.testing.assert_array_equal(h["y"], lab.memory.h)
    *parts, reach = lines(figure, "bar")
    np.testing.assert_allclose(np.sum([part["y"] for part in parts], axis=0), lab.memory.c[1:], atol=1e-15)
    np.testing.assert_array_equal(reach["y"], lab.memory.reach)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"clamps": "q_1_2-3"}, "clamps"),
        ({"cell": "gru", "clamps": "f_1_2-3"}, "clamps"),
        ({"hidden": "900"}, "hidden"),
    ],
)
def test_a_bad_link_gets_one_sentence(query: dict[str, str], field: str) -> None:
    """As plain text, and the page runs on with what can be used."""
    _, (notice,) = GateLab.from_query(query)
    assert notice.field == field
    app = open_page("gates", view="clamp", **query)
    assert [text.value for text in app.text] == [sentence(notice)]
    assert "states" in charts(app)


def test_clamps_are_changed_in_their_rows() -> None:
    """Gate, value, steps and unit; one more; and away. The address follows."""
    app = open_page("gates", view="clamp", clamps="f_1_5-30")
    app.slider(key="clamp.0.value").set_value(0.25).run()
    app.slider(key="clamp.0.span").set_value((10, 20)).run()
    app.selectbox(key="clamp.0.unit").set_value(3).run()
    assert lab_of(app).clamps == (Clamp("f", 0.25, 10, 20, 3),)
    assert app.query_params["clamps"] in ("f.3_0.25_10-20", ["f.3_0.25_10-20"])
    app.selectbox(key="clamp.0.gate").set_value("g").run()
    app.slider(key="clamp.0.value").set_value(-0.5).run()
    app.selectbox(key="clamp.0.gate").set_value("i").run()  # whose values begin at 0
    app.selectbox(key="clamp.0.unit").set_value(-1).run()
    assert lab_of(app).clamps == (Clamp("i", 0, 10, 20),)
    next(button for button in app.button if button.label == "Hold another gate").click().run()
    assert len(lab_of(app).held) == 2
    app.button(key="clamp.0.away").click().run()
    app.button(key="clamp.0.away").click().run()
    assert lab_of(app).clamps == ()
    assert not app.exception
    assert not app.text


def test_another_cell_keeps_the_page_whole() -> None:
    """Clamps and orders that it has not give way."""
    app = open_page("gates", view="clamp", clamps="i_0_5-30", bias_gate="o")
    for cell in ("gru", "rnn", "lstm"):
        app.segmented_control(key="GateLab.cell").set_value(cell).run()
        assert not app.exception
        assert not app.text
    for view in GATE_VIEWS:
        app.segmented_control(key="GateLab.view").set_value(view).run()
        assert not app.exception


def test_a_chosen_segment_pressed_again_changes_nothing() -> None:
    app = open_page("gates", view="cells")
    app.segmented_control(key="GateLab.view").set_value(None).run()
    assert lab_of(app).view == "cells"
    assert not app.text


def test_numbers_beyond_the_floats_are_named() -> None:
    """c left the range of numbers: its figures stand, with a sentence why, and the page runs."""
    lab = GateLab(
        view="variants", hidden=2, gain=3.0, init="gaussian", data="anbn", length=200, seed=86,
        variant=tuple(switch for switch in SWITCHES if switch != "coupled"),
    )  # fmt: skip
    lost = ~np.isfinite(varied(lab)[1].trace.states["c"][1:]).all(axis=(1, 2))
    assert lost.any()
    app = open_page("gates", **lab.to_query())
    told = [text.value for text in app.markdown if "has left the range of numbers" in text.value]
    assert f"time step {int(lost.argmax()) + 1} on" in told[0]
    assert set(charts(app)) == {"states", "gradient"}


def test_the_text_is_the_one_typed_on_unroll() -> None:
    """Where the link is silent; a link's own text stays."""
    app = open_page("unroll", kind="text", text="hullo")
    app.switch_page("gates.py").run()
    assert not app.exception
    assert lab_of(app).text == "hullo"
    assert open_page("gates", data="text", text="own").session_state["GateLab"].text == "own"


def test_the_question_is_answered_by_the_numbers() -> None:
    """The right option is the one that holds the product of the gates."""
    app = open_page("gates")
    left = left_over(run(GateLab(), "lstm").trace).max()
    answers(app, left)


def answers(app: AppTest, left: float) -> None:
    """The page asks how much is left, and this much is."""
    right = sum(left <= bound for bound in (0.5, 0.01, 1e-6))
    for k, option in enumerate(app.radio[0].options):
        app.radio[0].set_value(option).run()
        said = app.markdown[-1].value
        assert said.startswith("**Right.**" if k == right else "**Not quite.**")
        assert f"{left:.3g}" in said


def test_the_question_is_about_the_unit_the_figure_shows_first() -> None:
    """Of many sequences too: the longest half-life, and the average that it is made of."""
    lab = GateLab(batch=32)
    app = open_page("gates", **lab.to_query())
    trace = run(lab, "lstm").trace
    header, arrays = painted(app)["half-life"]
    unit = header["units"][int(np.argmax(arrays["lives"]))] + 1
    assert app.radio[0].label.startswith(f"Unit {unit} remembers longest")
    assert "the 32 sequences" in app.radio[0].label
    answers(app, float(np.exp(np.log(trace.gates["f"][1:, :, unit - 1]).sum(axis=0).mean())))


def test_the_memory_as_it_opens_has_one_answer() -> None:
    """It lies on no border between two, and the explanation is the product."""
    memory = GateLab().memory
    assert memory.reach[1] not in (0.5, 0.01, 1e-6)
    app = open_page("gates", view="memory")
    answers(app, memory.reach[1])
    assert "1 · 1 · 1 · 1 · 0.4 · 1 · 1 = 0.4." in app.markdown[-1].value


@pytest.mark.parametrize("view", GATE_VIEWS)
def test_one_letter_is_read(view: str) -> None:
    app = open_page("gates", view=view, data="text", text="a")
    assert figures(app)


def test_equations_of_variants_do_not_contradict_each_other() -> None:
    """One for each symbol: what holds."""
    app = open_page("gates", view="variants", variant="coupled no-input-gate no-forget-gate")
    (listed,) = [text.value for text in app.markdown if "`f_t = 1`" in text.value]
    assert "`i_t = 1`" in listed
    assert "1 − f_t" not in listed


@pytest.mark.parametrize("view", ["maps", "clamp"])
@pytest.mark.parametrize(("cell", "keeps"), [("rnn", "none"), ("gru", "z"), ("gru-reset-before", "z"), ("lstm", "f")])
def test_the_lesson_names_what_the_cell_has(view: str, cell: str, keeps: str) -> None:
    """And no quantity that it has not."""
    told = sections("gates", "en")[f"{view}-{keeps}"]
    assert told in [text.value for text in open_page("gates", view=view, cell=cell).markdown]
    named = set(re.findall(r"\*(\w)\*", told))
    assert named <= set(quantities_of(cell))


def test_a_text_that_is_too_long_stays_in_its_field() -> None:
    """With the sentence; the page shows the last good one."""
    app = open_page("gates", data="text", text="good")
    app.text_input(key="GateLab.text").set_value("x" * 61).run()
    assert app.text_input(key="GateLab.text").value == "x" * 61
    assert len(app.text) == 1
    assert lab_of(app).text == "good"
    app.text_input(key="GateLab.text").set_value("better").run()
    assert (lab_of(app).text, len(app.text)) == ("better", 0)
