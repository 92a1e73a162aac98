"""A network that has learned in Unroll, Gates and Gradients: its own numbers, what it is called, and the ways to it."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.task_words import TASKS
from pages.ui.words import GATE_VIEWS, VIEWS
from rnn_core import Experiment, Invalid, tasks
from rnn_core.analysis.flow import flow, median
from rnn_core.analysis.gate_settings import GateLab
from rnn_core.analysis.gates import average
from rnn_core.analysis.gradients import GradientLab
from rnn_core.analysis.order import order
from rnn_core.analysis.side_by_side import run as read_by
from rnn_core.levels import Level, levels
from rnn_core.scene import Scene
from rnn_core.training.learned import Learned
from rnn_core.training.plan import Plan
from rnn_core.training.service import service
from rnn_core.words import sentence
from tests.browser.words import LANGUAGES, say
from tests.pages.charts import charts, figures, lines, painted
from tests.pages.test_pages import pictures, run

every_task = pytest.mark.parametrize("task", tasks.names())
every_language = pytest.mark.parametrize("language", LANGUAGES)
PAGES = ("unroll", "gates", "gradients")


@cache
def learned(task: str, **given: Any) -> Learned:
    """After one update."""
    plan = Plan((Experiment.from_task(task, **{"hidden": 6, "batch": 4, **given}),))
    ticket = service().start(plan)
    service().steer(*ticket, "rewind")
    service().steer(*ticket, "single")
    return service().learned(ticket.id, 0)


def opened(page: str, it: Learned, language: str = "en", **more: str) -> AppTest:
    return run(page, lang=language, **it.moment.to_query(), **more)


def said(app: AppTest) -> str:
    return "\n".join(text.value for text in app.markdown)


@every_language
@every_task
def test_unroll_shows_it(task: str, language: str) -> None:
    """Its states, gradients and guesses on the sequence that training shows, and words that fit what is asked."""
    it = learned(task)
    app = opened("unroll", it, language)
    assert not app.text
    assert f"**{say(language, TASKS[task])}**" in said(app)
    ((header, arrays),) = pictures(app)
    reading, trace = it.read(it.exam.telling)
    assert trace.grads
    assert header["fixed"]
    assert len(header["tokens"]) == header["steps"] == len(reading.tokens)
    np.testing.assert_array_equal(arrays["s.h"], trace.layer.states["h"][:, 0])
    np.testing.assert_array_equal(arrays["d.h"], trace.grads.states["h"][:, 0])
    np.testing.assert_array_equal(arrays["losses"][-len(trace.losses) :], trace.losses[:, 0])
    np.testing.assert_allclose(arrays["L"], trace.loss)
    asked = np.zeros(len(reading.tokens), bool)
    asked[-len(reading.asked) :] = reading.asked[:, 0]
    assert header["asked"] == asked.tolist()
    assert header["answered"] == ([False] * (len(asked) - 1) + [True] if it.task.last else [True] * len(asked))
    if header["several"]:
        np.testing.assert_array_equal(arrays["bars"], trace.guess[:, 0])
        np.testing.assert_array_equal(arrays["target"], reading.target[:, 0])
    elif reading.loss == "cross-entropy":
        last = arrays["shown"][-1].astype(int)
        assert [header["symbols"][k] for k in last] == [reading.symbols[k].replace(" ", "␣") for k in last]
        np.testing.assert_array_equal(arrays["bars"][-1], trace.guess[-1, 0, last])
    if not it.task.tokens:
        np.testing.assert_array_equal(arrays["x"], reading.x[:, 0])
    assert arrays["up"].any()
    np.testing.assert_array_equal(arrays["up"], np.linalg.norm(trace.grads.own[:, 0], axis=-1))
    own = "in.W_hyᵀ·∂L/∂(W_hy·h_t + b_hy)"
    np.testing.assert_allclose(np.linalg.norm(arrays[own], axis=-1), arrays["up"], atol=1e-15)
    plain = say(language, "It says {guess}; right is {target}.", guess="{guess}", target="{target}")
    assert header["words"]["guesses"] != plain


@every_language
@every_task
def test_gates_shows_it(task: str, language: str) -> None:
    """Number for number, and no setting of a network that is drawn."""
    it = learned(task)
    app = opened("gates", it, language, quantities="h")
    assert not app.text
    assert f"**{say(language, TASKS[task])}**" in said(app)
    trace = read_by(GateLab(learned=it), it.model.cell).trace
    header, arrays = painted(app)["gates"]
    assert header["units"] == order(trace, "half-life" if "half-life" in figures(app) else "number").tolist()
    np.testing.assert_array_equal(arrays["h"], average(trace, "h"))
    settings = {
        widget.key for kind in ("selectbox", "slider", "text_input", "number_input") for widget in app.get(kind)
    }
    assert not settings & {f"GateLab.{name}" for name in GateLab.BROUGHT}


@every_language
@every_task
def test_gradients_shows_it(task: str, language: str) -> None:
    """Of the loss of its task."""
    it = learned(task)
    app = opened("gradients", it, language, loss="every")
    assert not app.text
    assert f"**{say(language, TASKS[task])}**" in said(app)
    lab = GradientLab(learned=it, loss="every")
    params, trace = lab.trace(lab.cell)
    line, *_ = lines(charts(app)["gradients"], "scatter")
    found = median(flow(trace, params, lab.d_h(lab.cell, trace)).states["s"])
    np.testing.assert_array_equal(np.array(line["y"], float), np.where(np.isfinite(found), found, np.nan))


@pytest.mark.parametrize(("page", "kind", "names"), [("gates", GateLab, GATE_VIEWS), ("gradients", GradientLab, VIEWS)])
@pytest.mark.parametrize("task", ["brackets", "digits", "flip-flop"])
def test_every_view_runs(page: str, kind: type, names: dict[str, str], task: str) -> None:
    """Of those that make sense of it, each is offered and shown; another gives way."""
    it = learned(task)
    views = kind(learned=it).views
    for view in names:
        app = opened(page, it, view=view)
        assert not app.text
        assert app.session_state[kind.__name__].view == (view if view in views else views[0])
        assert figures(app) or (view, it.model.cell) == ("clamp", "rnn")


DEEPER = pytest.mark.parametrize("more", [{"layers": 2}, {"bidirectional": True}, {"layers": 3, "bidirectional": True}])


@DEEPER
@pytest.mark.parametrize(("page", "kind"), [("gates", GateLab), ("gradients", GradientLab)])
def test_of_a_deep_network_a_layer_and_direction_is_chosen(
    page: str, kind: type[GateLab | GradientLab], more: dict[str, object]
) -> None:
    """By a widget, where there is a choice; it is looked at, and in the address."""
    it = learned("sentiment", **more)
    app = opened(page, it)
    net = it.model.architecture
    asked = {widget.key for widget in (*app.number_input, *app.get("button_group"))}
    assert (f"{kind.__name__}.layer" in asked) == (net.layers > 1)
    assert (f"{kind.__name__}.direction" in asked) == net.bidirectional
    app = opened(page, it, **Level(net.layers - 1, net.directions - 1).to_query())
    assert not app.text
    assert app.session_state[kind.__name__].level == (net.layers - 1, net.directions - 1)


@DEEPER
def test_unrolled_every_layer_and_direction_can_be_looked_at(more: dict[str, object]) -> None:
    """By its link; what lies above it is not drawn as if it were the readout."""
    it = learned("sentiment", **more)
    net = it.model.architecture
    for level in levels(net):
        app = opened("unroll", it, **level.to_query())
        assert not app.text
        ((header, arrays),) = pictures(app)
        assert (header["storeys"]["layer"], header["storeys"]["direction"]) == level
        last = level.layer == net.layers - 1 and not net.bidirectional
        assert ("weight_hy" in arrays) == last
        assert any("W_hy" in formula for formula in (*header["formulas"], *header["lossFormulas"])) == last
        np.testing.assert_array_equal(arrays["weight_hh"], it.model.params["weight_hh" + level.suffix])


# ---- Moving in the room


def test_another_sequence_is_chosen() -> None:
    """In the address too; the link leads back to it, and to its step."""
    it = learned("reber")
    app = opened("unroll", it)
    app.number_input(key="exam.sequence").set_value(3).run()
    assert not app.exception
    assert app.query_params["sequence"] in ("2", ["2"])
    assert pictures(app)[0][0]["tokens"] == list(it.reading(2).tokens)
    app = opened("unroll", it, sequence="2", phase="backward", step="4", node="h_t", unit="1")
    header, _ = pictures(app)[0]
    assert header["cursor"].items() >= {"phase": "backward", "t": 4, "node": "h_t", "unit": 1}.items()
    assert header["query"].items() >= {"run": it.moment.run, "update": "1", "sequence": "2"}.items()
    app = opened("unroll", it, sequence="999", phase="update")
    mended = Invalid("clamped", "sequence", "999", it.sequences - 1), Invalid("ignored", "phase", "update")
    assert [text.value for text in app.text] == [*map(sentence, mended)]


def test_it_is_left_for_ones_own_sequence() -> None:
    """Which is what was typed before; the address says so."""
    app = run("unroll", kind="text", text="hullo")
    it = learned("parity")
    for name, value in it.moment.to_query().items():
        app.query_params[name] = value
    app.query_params["text"] = "other"
    app.run()
    assert pictures(app)[0][0]["fixed"]
    next(button for button in app.button if button.label == "Your own sequence").click().run()
    assert not app.exception
    assert app.session_state["scene"].experiment.text == "hullo"
    assert "run" not in app.query_params
    assert pictures(app)[0][0]["tokens"] == list("hullo")


@pytest.mark.parametrize(("page", "kind"), [("gates", GateLab), ("gradients", GradientLab)])
def test_it_is_left_for_a_drawn_network(page: str, kind: type) -> None:
    """As it usually is; the other settings stay."""
    app = opened(page, learned("brackets"), view="clamp" if page == "gates" else "ways", **{"loss": "every"})
    next(button for button in app.button if button.label == "A network drawn at random").click().run()
    assert not app.exception
    lab = app.session_state[kind.__name__]
    assert lab.learned is None
    assert lab.view == ("clamp" if page == "gates" else "ways")
    assert "run" not in app.query_params


@pytest.mark.parametrize("page", PAGES)
def test_what_is_no_longer_there_is_said_once(page: str) -> None:
    """And the ordinary page is there."""
    for query in ({"run": "gone"}, {"run": learned("parity").moment.run, "model": "3"}):
        app = run(page, **query)
        (problem,) = app.text
        assert problem.value == sentence(
            Invalid("no-run", "run") if query["run"] == "gone" else Invalid("range", "models", 4, (1, 1))
        )
        if page == "unroll":
            assert app.session_state["scene"] == Scene(step=3)
        else:
            assert figures(app)


def test_a_moment_is_now_until_it_is_named() -> None:
    """From then on it stays: the address says which it is."""
    it = learned("sine")
    for page in PAGES:
        app = run(page, run=it.moment.run)
        assert app.query_params["update"] in ("1", ["1"])
        assert app.query_params["model"] in ("0", ["0"])


def test_what_is_too_large_gets_one_sentence() -> None:
    """Where it cannot be drawn, and where its Jacobians cannot be followed; its gates can be looked at."""
    it = learned("next-char", hidden=512, batch=1)
    app = opened("unroll", it)
    assert [text.value.split(":")[0] for text in app.text] == ["This network is too large to draw"]
    assert not pictures(app)
    app = opened("gradients", it)
    assert [text.value for text in app.text] == [sentence(Invalid("too-large-to-trace", "hidden", 512, 64))]
    assert charts(app)
    app = opened("gates", it)
    assert not app.text
    assert figures(app)


def test_a_long_sequence_is_drawn_in_part() -> None:
    """Which is said; what is drawn of it is as the whole has it."""
    it = learned("adding", hidden=32, length=600)
    app = opened("unroll", it)
    ((header, arrays),) = pictures(app)
    n = 64 * 256 // 32
    assert len(header["tokens"]) == n < header["steps"] == 600
    assert say("en", "The first {n} of its {T} time steps are drawn. Their gradients are those of the whole sequence.",
               n=n, T=600) in said(app)  # fmt: skip
    _, trace = it.read(0)
    assert trace.grads
    np.testing.assert_array_equal(arrays["d.h"], trace.grads.states["h"][: n + 1, 0])
    assert arrays["L"] == trace.loss > arrays["total"][-1] == 0
    assert "dW" not in arrays
