"""The page Gradients without a browser: every view runs, and shows the core's numbers."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.lesson import sections
from pages.ui.words import VIEWS
from rnn_core import Invalid
from rnn_core.analysis.bounds import factors
from rnn_core.analysis.cliff import descend
from rnn_core.analysis.clipping import clipping
from rnn_core.analysis.flow import flow, median
from rnn_core.analysis.gradients import GradientLab
from rnn_core.analysis.itemised import itemised
from rnn_core.analysis.jacobians import jacobians
from rnn_core.analysis.phase import phase
from rnn_core.analysis.spectra import spectral_norms
from rnn_core.analysis.sweep import Sweep
from rnn_core.changes import traced
from rnn_core.experiment import NETWORKS
from rnn_core.words import sentence
from tests.browser.words import LANGUAGES, say
from tests.pages.charts import charts, lines
from tests.pages.test_pages import pictures, run


def opened(lab: GradientLab, language: str = "en") -> AppTest:
    return run("gradients", lang=language, **lab.to_query())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("cell", NETWORKS)
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_runs(view: str, cell: str, language: str) -> None:
    """In both languages, for every cell; the question is answered once it has been asked."""
    app = opened(GradientLab(view=view, cell=cell, hidden=4, length=20, spectrum=True), language)
    assert app.title[0].value == say(language, "Gradients")
    assert bool(charts(app)) != bool(pictures(app))
    before, right = len(app.markdown), 0
    for option in app.radio[0].options if app.radio else ():
        app.radio[0].set_value(option).run()
        assert not app.exception
        assert len(app.markdown) == before + 1
        right += any(say(language, "Right.") in shown.value for shown in app.markdown)
    assert right == len(app.radio) == (view != "unrolled")


def asked(lab: GradientLab) -> str:
    return opened(lab).radio[0].label


def test_the_question_is_about_what_is_shown() -> None:
    """The chosen cell, the first of several, or the example: by its own factor."""
    for cell, name in (("lstm", "LSTM"), ("rnn-relu", "RNN (ReLU)")):
        lab = GradientLab(view="itemised", cell=cell, length=20)
        params, trace = lab.trace(cell)
        assert f"of the {name} by {factors(params, trace).measured:.4g}" in asked(lab)
    lab = GradientLab(cells=("lstm", "gru"), cell="rnn", length=20, example=True)
    assert f"of the LSTM by {factors(*lab.trace('lstm')).measured:.4g}" in asked(lab)
    assert "this network's gradient by 3.2" in asked(GradientLab(view="jacobians", example=True))


def test_the_example_is_not_set() -> None:
    """What would have no effect on it is not there, and is again without it."""
    app = opened(GradientLab(view="jacobians", example=True))
    assert not app.slider
    app.toggle(key="GradientLab.example").set_value(False).run()
    assert {"GradientLab.scale", "GradientLab.length"} <= {slider.key for slider in app.slider}


def test_a_text_is_as_long_as_it_is() -> None:
    app = opened(GradientLab(data="text"))
    assert "GradientLab.length" not in {slider.key for slider in app.slider}


@pytest.mark.parametrize("cell", NETWORKS)
def test_numbers_that_a_cell_has_not_are_not_spoken_of(cell: str) -> None:
    """ρ and the bound stand where there is one W_hh, and else a sentence why not."""
    app = opened(GradientLab(view="jacobians", cell=cell, length=20))
    gated = cell in ("lstm", "gru", "gru-reset-before")
    assert len(app.metric) == (1 if gated else 3)
    assert any("no single W_hh" in text.value for text in app.markdown) == gated
    assert any("The bound always holds" in text.value for text in app.markdown) != gated


def test_the_link_to_the_cliff_stands_right_before_it() -> None:
    """There the two descents are still together, a step on they meet the wall; what throws one off comes next."""
    (link,) = re.findall(r"gradients\?(view=cliff\S*?)\)", sections("gradients", "en")["try"])
    lab, notices = GradientLab.from_query(dict(parse_qsl(link)))
    assert not notices
    plain, clipped = (descend(lab.w, lab.b, lab.lr, clip=clip) for clip in (None, lab.clip))
    wall = int(np.argmax(plain.norms > 1))
    assert wall == int(np.argmax(clipped.norms > 1)) == lab.update + 1
    assert np.abs(plain.points[: wall + 1] - clipped.points[: wall + 1]).max() < 0.02
    assert np.linalg.norm(plain.points[wall + 1] - clipped.points[wall + 1]) > 2


@pytest.mark.parametrize(
    ("lab", "ends"),
    [
        (GradientLab(view="cures"), {"float16": "underflowed"}),
        (GradientLab(view="cures", scale=2.5), {"float16": "overflowed"}),
        (
            GradientLab(view="cures", cell="rnn-relu", scale=3, length=500),
            {"float32": "overflowed", "float16": "overflowed"},
        ),
    ],
)
def test_where_a_line_ends_and_why(lab: GradientLab, ends: dict[str, str]) -> None:
    """By the line itself, in each format: at the step that is said, and by what took its digits away."""
    app = opened(lab)
    shown = {line["name"]: np.array(line["y"], float) for line in lines(charts(app)["precision"], "scatter")}
    told = [text.value for text in app.markdown if text.value.startswith(":small[:material/info: float")]
    assert len(told) == len(ends)
    for name, reason in ends.items():
        t = int(np.isfinite(shown[name]).argmax())
        assert np.isnan(shown[name][:t]).all()
        (note,) = (note for note in told if f"{name}: before t = {t} " in note)
        assert reason in note


def test_an_update_that_overflows_is_said() -> None:
    """Where the whole curve is missing, and where a part is."""
    app = opened(GradientLab(view="cures", cell="rnn-relu", scale=3))
    assert any("without clipping: every update overflowed." in text.value for text in app.markdown)
    app = opened(GradientLab(view="cures", cell="irnn", scale=1, loss="every"))
    assert any("without clipping: 4 of 19 updates overflowed." in text.value for text in app.markdown)


def test_a_figure_that_is_too_much_work_keeps_its_name() -> None:
    """And says up to which length it works, which is true."""
    app = opened(GradientLab(view="cures", cell="lstm", hidden=64, length=500))
    (told,) = [text.value for text in app.markdown if "too much to draw at once" in text.value]
    assert told.startswith("**Truncated")
    (most,) = map(int, re.findall(r"T = (\d+)", told))
    assert 1 < most < 500
    assert "truncation" in charts(opened(GradientLab(view="cures", cell="lstm", hidden=64, length=most)))
    assert "truncation" not in charts(opened(GradientLab(view="cures", cell="lstm", hidden=64, length=most + 1)))


@pytest.mark.parametrize(("view", "given"), [("itemised", ("loss", "every")), ("ways", ("cell", "lstm"))])
def test_a_view_opens_with_what_shows_its_point(view: str, given: tuple[str, str]) -> None:
    """And what was chosen by hand stays."""
    lab, _ = GradientLab.from_query({"view": view})
    assert lab == GradientLab(view=view).changed(*given) == GradientLab().changed("view", view)
    name = given[0]
    other = {"loss": "end", "cell": "gru"}[name]
    assert getattr(lab.changed(name, other).changed("view", "norms"), name) == other
    assert GradientLab.from_query(lab.changed(name, other).to_query()) == (lab.changed(name, other), [])


def test_the_walk_back_begins_at_the_end() -> None:
    ((header, _),) = pictures(opened(GradientLab(view="unrolled", text="unroll")))
    assert (header["cursor"]["phase"], header["cursor"]["t"]) == ("backward", 6)


@pytest.mark.parametrize("loss", ["end", "every"])
def test_norms_are_the_cores(loss: str) -> None:
    """Number for number: of the gradient, and of the Jacobians."""
    lab = GradientLab(cells=("rnn", "lstm"), loss=loss, length=30)
    figures = charts(opened(lab))
    shown = {line["name"]: line["y"] for line in lines(figures["gradients"], "scatter")}
    for cell, name in (("rnn", "RNN (tanh)"), ("lstm", "LSTM")):
        params, trace = lab.trace(cell)
        parts = flow(trace, params, lab.d_h(cell, trace)).states
        np.testing.assert_array_equal(shown[name], median(parts["s"]))
        stretched = {line["name"]: line["y"] for line in lines(figures["jacobians"], "scatter")}
        np.testing.assert_array_equal(stretched[name], spectral_norms(jacobians(trace, params)))
    np.testing.assert_array_equal(shown["LSTM: c"], median(parts["c"]))


def test_a_gradient_beyond_all_floats_is_still_drawn() -> None:
    """Past 1e-400, where float64 has long ended."""
    lab = GradientLab(cells=("rnn-sigmoid",), scale=0.5, length=500)
    (line,) = lines(charts(opened(lab))["gradients"], "scatter")
    assert np.isfinite(line["y"]).all()
    assert line["y"][0] < -400


def test_what_is_no_number_is_said() -> None:
    """Where a ReLU network has died its gradient is exactly 0, and a log scale has no place for that."""
    app = opened(GradientLab(cells=("irnn",), scale=1.0))
    assert any("exactly 0 at" in note.value for note in app.markdown)


def test_the_clipped_gradient_is_measured() -> None:
    """Its length before and after are the core's, and the losses are."""
    lab = GradientLab(view="cures", cell="rnn", clip=0.25)
    app = opened(lab)
    plain, limited, before = lines(charts(app)["clipping"], "scatter")
    found = clipping(*lab.model("rnn"), lab.clip, np.asarray(plain["x"]).tolist())
    assert any(f"is {found.norm:.4g} long; clipped, 0.25." in text.value for text in app.markdown)
    np.testing.assert_array_equal(limited["y"], found.limited)
    np.testing.assert_array_equal(before["y"], [found.before] * 2)


def test_the_triangle_is_the_cores() -> None:
    lab = GradientLab(view="itemised", cell="gru", loss="every", length=15)
    params, trace = lab.trace("gru")
    (shown,) = lines(charts(opened(lab))["itemised"], "heatmap")
    np.testing.assert_array_equal(
        np.array(shown["z"], float), itemised(trace, params, lab.d_h("gru", trace))["s"].astype(float)
    )


@pytest.mark.parametrize(("cell", "drawn"), [("rnn-linear", "rnn-linear"), ("irnn", "rnn")])
def test_the_phase_diagram_is_the_cores(cell: str, drawn: str) -> None:
    """Of the chosen cell; of the first one that there is, where it has none of that."""
    app = opened(GradientLab(view="phase", cell=cell))
    (shown,) = lines(charts(app)["phase"], "heatmap")
    np.testing.assert_array_equal(shown["z"], phase(Sweep(cell=drawn)).at())
    assert app.button_group(key="GradientLab.cell").value == drawn


def test_the_cliff_is_walked_update_by_update() -> None:
    """Both paths, up to the update that is looked at."""
    lab = GradientLab(view="cliff", update=7)
    plain, clipped = (line for line in lines(charts(opened(lab))["cliff"], "scatter"))
    np.testing.assert_array_equal(plain["x"], descend(lab.w, lab.b, lab.lr).points[:8, 0])
    np.testing.assert_array_equal(clipped["y"], descend(lab.w, lab.b, lab.lr, clip=lab.clip).points[:8, 1])


@pytest.mark.parametrize("cell", NETWORKS)
def test_the_unrolled_network_reads_the_text(cell: str) -> None:
    """As the page is set, with as many units as can be drawn."""
    lab = GradientLab(view="unrolled", cell=cell, hidden=40, text="unroll", seed=3)
    ((header, arrays),) = pictures(opened(lab))
    assert header["cell"] == {"irnn": "rnn-relu"}.get(cell, cell)
    assert header["tokens"] == list("unroll")
    np.testing.assert_array_equal(arrays["s.h"], traced(lab.experiment)[2].layer.states["h"][:, 0])
    assert arrays["s.h"].shape == (7, 16)


def test_a_text_that_cannot_be_read_changes_nothing() -> None:
    """Typed or in a link: one sentence says why, and the picture stays."""
    app = opened(GradientLab(view="unrolled", text="unroll"))
    app.text_input(key="GradientLab.text").set_value("").run()
    for shown, text in ((app, "unroll"), (run("gradients", view="unrolled", text=""), GradientLab.text)):
        assert not shown.exception
        assert [told.value for told in shown.text] == [sentence(Invalid("empty", "text"))]
        ((header, _),) = pictures(shown)
        assert header["tokens"] == [letter.replace(" ", "␣") for letter in text]


def test_a_bad_link_is_one_sentence() -> None:
    app = run("gradients", view="norms", cells="rnn mlp", hidden="99")
    assert len(app.text) == 2
    assert app.session_state["GradientLab"] == GradientLab(hidden=64)
