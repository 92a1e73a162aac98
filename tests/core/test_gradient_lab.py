"""The settings of the page Gradients: their link, their limits, and the networks they make."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core import Invalid, bptt
from rnn_core.analysis.bounds import spectral_radius
from rnn_core.analysis.flow import flow
from rnn_core.analysis.gradients import GradientLab
from rnn_core.architecture import of_layer
from rnn_core.cells import sigmoid
from rnn_core.experiment import NETWORKS
from rnn_core.model import backward, forward
from tests.core.draw import labs

RULES = GradientLab.RULES


@given(labs(GradientLab))
def test_a_link_carries_everything(lab: GradientLab) -> None:
    """Written and read again it is the same, to the last bit, and nothing is mended."""
    assert GradientLab.from_query(lab.to_query()) == (lab, [])


@given(st.dictionaries(st.sampled_from([*RULES, "v", "lang"]), st.text(max_size=20) | st.sampled_from(["1e99", "-1"])))
def test_any_link_is_read(query: dict[str, str]) -> None:
    """Whatever stands in it: there are settings, and each thing that was mended is named."""
    lab, notices = GradientLab.from_query(query)
    assert GradientLab.from_query(lab.to_query()) == (lab, [])
    assert all(notice.field in query for notice in notices)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("view", "inside"), ("cells", ()), ("cells", ("gru", "rnn")), ("cell", "mlp"), ("hidden", 65), ("length", 501),
        ("scale", 3.1), ("scale", float("nan")), ("measure", "norm"), ("keep_bias", -6), ("loss", "never"), ("w", 8),
        ("clip", 0), ("update", 101), ("spectrum", 1),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused(field: str, value: Any) -> None:
    """With the field's name."""
    with pytest.raises(Invalid) as refused:
        GradientLab(**{field: value})
    assert refused.value.field == field


@pytest.mark.parametrize("data", RULES["data"].options)
@pytest.mark.parametrize("loss", ["end", "every"])
@pytest.mark.parametrize("cell", NETWORKS)
def test_every_network_reads_every_data(cell: str, loss: str, data: str) -> None:
    """And its gradient is what bptt says of the same d_h."""
    lab = GradientLab(cell=cell, loss=loss, data=data, hidden=3, length=12, scale=0.9)
    params, trace = lab.trace(cell)
    d_h = lab.d_h(cell, trace)
    wanted = np.linalg.norm(bptt(trace, params, d_h).states["h"], axis=-1)
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(flow(trace, params, d_h).states["h"], np.log10(wanted), rtol=1e-9, atol=1e-9)
    if loss == "end":
        np.testing.assert_allclose(np.linalg.norm(d_h[-1], axis=-1), 1)
        assert not d_h[:-1].any()
    else:
        assert np.abs(d_h).sum(axis=(1, 2)).all() or data not in ("noise", "text")


def test_a_network_is_what_the_sliders_say() -> None:
    """The gain, the radius, the identity, the bias of the gate that keeps."""
    assert spectral_radius(
        GradientLab(measure="radius", scale=1.3, init="gaussian").network("rnn")[1][0]["weight_hh"]
    ) == (pytest.approx(1.3))
    np.testing.assert_array_equal(GradientLab(scale=0.5).network("irnn")[1][0]["weight_hh"], 0.5 * np.eye(32))
    for cell, gate in (("lstm", "f"), ("gru", "z")):
        lab = GradientLab(keep_bias=7, hidden=8)
        _, trace = lab.trace(cell)
        assert abs(trace.gates[gate].mean() - sigmoid(np.array(7.0))) < 0.01


@pytest.mark.parametrize("loss", ["end", "every"])
@pytest.mark.parametrize("cell", NETWORKS)
def test_an_upper_layer_reads_the_one_below(cell: str, loss: str) -> None:
    """The stack is the whole model's; its losses stand right above the layer looked at; the first layer is the same
    whatever lies above."""
    labs = [GradientLab(cell=cell, loss=loss, data="parity", hidden=3, length=9, layer=layer) for layer in (1, 2, 3)]
    model, batch = labs[2].model(cell)
    assert model.architecture.layers == 3
    whole = backward(model, forward(model, batch))
    assert whole.layer_grads
    for lab, (read,) in zip(labs, whole.layers, strict=True):
        params, trace = lab.trace(cell)
        np.testing.assert_array_equal(trace.states["h"], read.states["h"])
        np.testing.assert_array_equal(params["weight_hh"], of_layer(model.params, lab.layer - 1)["weight_hh"])
    _, trace = labs[2].trace(cell)
    d_h = labs[2].d_h(cell, trace)
    if loss == "every":
        np.testing.assert_array_equal(d_h, whole.layer_grads[2][0].own)
    else:
        assert not d_h[:-1].any()


@pytest.mark.parametrize("data", RULES["data"].options)
def test_at_the_last_step_only_is_one_answer_of_each_sequence(data: str) -> None:
    """The last that its data ask for: truncation and clipping are about the same loss as the rest."""
    _, every = GradientLab(cell="gru", data=data, loss="every", length=12).model("gru")
    _, end = GradientLab(cell="gru", data=data, loss="end", length=12).model("gru")
    np.testing.assert_array_equal(end.asked.sum(axis=0), every.asked.any(axis=0))
    for one, all_of_them in zip(end.asked.T, every.asked.T, strict=True):
        assert np.flatnonzero(one).tolist() == np.flatnonzero(all_of_them)[-1:].tolist()


def test_an_irnn_is_drawn_as_one() -> None:
    """Unrolled too it begins as the identity, times the gain."""
    experiment = GradientLab(view="unrolled", cell="irnn", scale=0.5).experiment
    assert (experiment.cell, experiment.init, experiment.gain) == ("rnn-relu", "identity", 0.5)


def test_a_layer_that_is_not_there_gives_way_to_the_first() -> None:
    """A drawn network has three, and reads one way."""
    assert [GradientLab(layer=layer).layer for layer in (1, 3)] == [1, 3]
    assert GradientLab(direction="backwards").direction == "forwards"
    lab, (notice,) = GradientLab.from_query({"layer": "9"})
    assert (lab.layer, notice.field) == (3, "layer")
    assert GradientLab(layer=2).to_query() == {"layer": "2"}


@pytest.mark.parametrize("text", ["", "x" * 61])
def test_a_text_is_checked_where_it_is_read(text: str) -> None:
    """Elsewhere it makes no difference; a link that has none to read takes the usual one and says so."""
    with pytest.raises(Invalid):
        GradientLab(data="text", text=text)
    assert GradientLab(text=text).text == text
    lab, (notice,) = GradientLab.from_query({"data": "text", "text": text})
    assert (lab.data, lab.text, notice.field) == ("text", GradientLab.text, "text")
