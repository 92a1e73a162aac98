"""The page Gradients without a browser: every view runs, and shows the core's numbers."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.words import VIEWS
from rnn_core.analysis.cliff import descend
from rnn_core.analysis.flow import flow, median
from rnn_core.analysis.gradients import GradientLab
from rnn_core.analysis.itemised import itemised
from rnn_core.analysis.jacobians import jacobians
from rnn_core.analysis.phase import phase
from rnn_core.analysis.spectra import spectral_norms
from rnn_core.analysis.sweep import Sweep
from rnn_core.experiment import NETWORKS
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
    before = len(app.markdown)
    app.radio[0].set_value(app.radio[0].options[1]).run()
    assert not app.exception
    assert any(say(language, "Right.") in shown.value for shown in app.markdown)
    assert len(app.markdown) == before + 1


@pytest.mark.parametrize("loss", ["end", "every"])
def test_norms_are_the_cores(loss: str) -> None:
    """Number for number: of the gradient, and of the Jacobians."""
    lab = GradientLab(cells=("rnn", "lstm"), loss=loss, length=30)
    figures = charts(opened(lab))
    shown = {line["name"]: line["y"] for line in lines(figures["gradients"], "scatter")}
    for cell, name in (("rnn", "RNN"), ("lstm", "LSTM")):
        params, trace = lab.trace(cell)
        parts = flow(trace, params, lab.d_h(params, trace)).states
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


def test_the_triangle_is_the_cores() -> None:
    lab = GradientLab(view="itemised", cell="gru", loss="every", length=15)
    params, trace = lab.trace("gru")
    (shown,) = lines(charts(opened(lab))["itemised"], "heatmap")
    np.testing.assert_array_equal(
        np.array(shown["z"], float), itemised(trace, params, lab.d_h(params, trace))["s"].astype(float)
    )


def test_the_phase_diagram_is_the_cores() -> None:
    (shown,) = lines(charts(opened(GradientLab(view="phase", cell="rnn-linear")))["phase"], "heatmap")
    np.testing.assert_array_equal(shown["z"], phase(Sweep(cell="rnn-linear")).at())


def test_the_cliff_is_walked_update_by_update() -> None:
    """Both paths, up to the update that is looked at."""
    lab = GradientLab(view="cliff", update=7)
    plain, clipped = (line for line in lines(charts(opened(lab))["cliff"], "scatter"))
    np.testing.assert_array_equal(plain["x"], descend(lab.w, lab.b, lab.lr).points[:8, 0])
    np.testing.assert_array_equal(clipped["y"], descend(lab.w, lab.b, lab.lr, clip=lab.clip).points[:8, 1])


def test_a_bad_link_is_one_sentence() -> None:
    app = run("gradients", view="norms", cells="rnn mlp", hidden="99")
    assert len(app.text) == 2
    assert app.session_state["GradientLab"] == GradientLab(hidden=64)
