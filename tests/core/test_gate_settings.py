"""The settings of the page Gates: their link, their limits, and what they make of a network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core import Invalid, tasks
from rnn_core.analysis.gate_settings import GateLab, quantities_of, usual_clamps
from rnn_core.analysis.gates import half_life, left_over, quantity
from rnn_core.analysis.inputs import inputs
from rnn_core.analysis.side_by_side import intervened, run, varied
from rnn_core.clamp import Clamp
from rnn_core.experiment import Clamps
from tests.core.draw import labs

RULES = GateLab.RULES


@given(labs(GateLab))
def test_a_link_carries_everything(lab: GateLab) -> None:
    """Written and read again it is the same, to the last bit, and nothing is mended."""
    assert GateLab.from_query(lab.to_query()) == (lab, [])


@given(
    st.dictionaries(st.sampled_from([*RULES, "v", "lang"]), st.text(max_size=20) | st.sampled_from(["1e99", "-1", "f"]))
)
def test_any_link_is_read(query: dict[str, str]) -> None:
    """Whatever stands in it: there are settings, and each thing that was mended is named."""
    lab, notices = GateLab.from_query(query)
    again, none = GateLab.from_query(lab.to_query())
    assert (again, none) == (lab, [])
    assert all(notice.field in query for notice in notices)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("view", "inside"), ("cell", "rnn-relu"), ("hidden", 65), ("hidden", 0), ("length", 201), ("length", 1),
        ("batch", 33), ("step", 0), ("keep_bias", float("nan")), ("bias", 10.1), ("quantities", ()),
        ("write", (0.0,) * 7), ("write", (0.0,) * 7 + (1.1,)), ("value", (0.0,) * 7 + (-1.1,)), ("show", [0.0] * 8),
        ("clamps", (Clamp("z", 1, 1, 2),)), ("clamps", (Clamp("f", 1, 1, 2, 16),)),
        ("clamps", (Clamp("f", 1, 1, 2),) * 5), ("bias_gate", "z"), ("variant", ("coupled", "coupled")),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused(field: str, value: Any) -> None:
    """With the field's name."""
    with pytest.raises(Invalid) as refused:
        GateLab(**{field: value})
    assert refused.value.field == field


def test_size_is_limited() -> None:
    """Each alone is allowed, all at once are too much work: the batch is as large as it can be, and a link says so."""
    lab = GateLab(hidden=64, length=200, batch=32)
    assert (lab.batch, lab.most) == (20, 20)
    assert GateLab(length=2).most == 32
    again, (notice,) = GateLab.from_query({"hidden": "64", "length": "200", "batch": "32"})
    assert (again, notice.code, notice.field, notice.bound) == (lab, "clamped", "batch", 20)
    assert GateLab(batch=32).changed("hidden", 64).changed("length", 200).batch == 20


def test_a_view_opens_with_what_shows_its_point() -> None:
    """By a link and by a choice; what was set by hand stays, and coming back brings the usual back."""
    opened, notices = GateLab.from_query({"view": "cells"})
    assert (opened.length, opened.init, opened.keep_bias, notices) == (200, "torch", 3, [])
    assert opened.to_query() == {"view": "cells"}
    assert GateLab().changed("view", "cells") == opened
    assert opened.changed("view", "maps") == GateLab()
    by_hand = GateLab(length=30).changed("view", "cells")
    assert (by_hand.length, by_hand.init) == (30, "torch")
    assert GateLab.from_query({"view": "clamp", "keep_bias": "2"})[0].keep_bias == 2


@pytest.mark.parametrize("text", ["", "x" * 61])
def test_a_text_is_checked_where_it_is_read(text: str) -> None:
    """Elsewhere it makes no difference."""
    with pytest.raises(Invalid):
        GateLab(data="text", text=text)
    assert GateLab(text=text).text == text


def test_a_signal_that_ends_early_stays() -> None:
    """ "1 0" is 1 and then 0 for good."""
    lab, notices = GateLab.from_query({"write": "1 0", "keep": "0.9", "value": "-1"})
    assert (lab.write, lab.keep, lab.value) == ((1,) + (0,) * 7, (0.9,) * 8, (-1,) * 8)
    assert not notices
    _, (notice,) = GateLab.from_query({"write": "1 0 0 0 0 0 0 0 0"})
    assert notice.field == "write"


def test_another_cell_lets_go_of_its_gates() -> None:
    """What was held or biased in the old cell is taken back; where the gate is there too it stays."""
    lab = GateLab(clamps=(Clamp("i", 0, 1, 9),), bias_gate="o", bias=3)
    gru = lab.changed("cell", "gru")
    assert (gru.cell, gru.clamps, gru.bias_gate) == ("gru", None, "")
    assert gru.held == usual_clamps("gru", 60)
    assert lab.changed("hidden", 4).clamps == lab.clamps
    with pytest.raises(Invalid):
        lab.changed("clamps", (Clamp("z", 0, 1, 9),))


def test_clamps_end_with_the_sequence() -> None:
    """One that begins later is gone, one that goes on longer is cut."""
    lab = GateLab(length=10, clamps=(Clamp("f", 1, 5, 99), Clamp("i", 0, 11, 99)))
    assert lab.held == (Clamp("f", 1, 5, 10),)


@pytest.mark.parametrize("data", ["noise", "text", *tasks.names()])
def test_every_kind_of_data_is_read(data: str) -> None:
    """As float64 numbers (T, B, I) that depend on the seed, tokens one-hot; no step is padding for all."""
    batch = inputs(data, "banana", 12, 3, 5)
    T = len(batch.x)
    assert batch.x.shape[1] == (1 if data == "text" else 3)
    assert batch.x.dtype == np.float64
    assert batch.lengths is None or batch.lengths.max() == T
    if data == "text" or (data != "noise" and tasks.load(data).tokens):
        assert set(np.unique(batch.x)) == {0, 1}
        np.testing.assert_array_equal(batch.x.sum(axis=2), 1)
    if data != "text":
        other = inputs(data, "banana", 12, 3, 6).x
        assert batch.x.shape != other.shape or not np.array_equal(batch.x, other)


@pytest.mark.parametrize("cell", ["rnn", "gru", "gru-reset-before", "lstm"])
def test_what_is_drawn_is_there(cell: str) -> None:
    """Every quantity of the cell is in its trace, whatever was wished for."""
    lab = GateLab(cell=cell, quantities=("g", "z", "pre_o"), order="half-life", of="r")
    trace = run(lab, cell).trace
    for name in {*quantities_of(cell), *lab.drawn, lab.sorted_by[1]}:
        assert quantity(trace, name).shape == (60, 1, 16)


def test_the_usual_clamps_stop_the_memory() -> None:
    """In the frame c does not change by a bit, and outside it the same gates are free."""
    lab = GateLab(view="clamp")
    without, held = intervened(lab)
    c = held.trace.states["c"]
    assert (c[20:41] == c[20]).all()
    assert not (without.trace.states["c"][20:41] == c[20]).all()
    np.testing.assert_array_equal(without.trace.states["c"][:21], c[:21])


def test_a_bias_is_set_for_every_unit() -> None:
    """And for nothing else."""
    lab = GateLab(clamps=(), bias_gate="o", bias=4)
    (usual, _), biased = lab.network("lstm"), lab.biased
    np.testing.assert_array_equal(biased["bias_ih"][48:], 4)
    np.testing.assert_array_equal(biased["bias_hh"][48:], 0)
    np.testing.assert_array_equal(biased["bias_ih"][:48], usual["bias_ih"][:48])
    without, with_it = intervened(lab)
    assert with_it.trace.gates["o"].mean() > 0.9 > without.trace.gates["o"].mean()


def test_switches_change_the_lstm() -> None:
    """None of them: nothing is changed."""
    same, also = varied(GateLab(variant=()))
    np.testing.assert_array_equal(same.trace.states["c"], also.trace.states["c"])
    _, switched = varied(GateLab(variant=("no-forget-gate",)))
    assert (switched.trace.gates["f"] == 1).all()


def test_what_is_left_of_a_memory() -> None:
    """A product of the gates that keep, by a loop; and what the lessons say of it."""
    lab = GateLab()
    trace = run(lab, "lstm").trace
    left = np.ones(16)
    for t in range(2, 61):
        left = left * trace.gates["f"][t - 1, 0]
    np.testing.assert_allclose(left_over(trace), left, rtol=1e-12)
    several = run(GateLab(batch=8), "lstm").trace
    each = np.prod(several.gates["f"][1:], axis=0)  # (B, H)
    np.testing.assert_allclose(left_over(several), np.exp(np.log(each).mean(axis=0)), rtol=1e-12)
    with pytest.raises(Invalid):
        left_over(run(lab, "rnn").trace)


def test_what_the_lessons_claim() -> None:
    """Half-lives of 110 steps and 1; four powers of ten saved by holding f and i; the 1997 LSTM's growing c."""
    plain: dict[str, Any] = {"init": "torch", "gain": 1.0}
    for bias, steps in ((5.0, 110), (0.0, 1)):
        found = np.median(half_life(run(GateLab(keep_bias=bias, **plain), "lstm").trace))
        assert round(float(found)) == steps
    clamps = (Clamp("f", 1, 21, 40), Clamp("i", 0, 21, 40))
    without, held = (each.flow.states["s"] for each in intervened(GateLab(keep_bias=None, clamps=clamps, **plain)))
    assert round(float(held[0, 0] - without[0, 0])) == 4
    usual, old = varied(GateLab(keep_bias=1.0, length=200, variant=("no-forget-gate",), **plain))
    assert np.abs(old.trace.states["c"]).max() > 40 * np.abs(usual.trace.states["c"]).max()
    ends = {
        cell: run(GateLab(keep_bias=3.0, length=200, **plain), cell).flow.states["s"][0, 0]
        for cell in ("rnn", "gru", "lstm")
    }
    assert ends["rnn"] < -50 < -5 < min(ends["gru"], ends["lstm"])


def test_the_rule_of_clamps() -> None:
    """A tuple of at most so many, or None where that is allowed."""
    rule = Clamps(1)
    for wrong in (None, ["f"], ("f",), (Clamp("f", 1, 1, 1),) * 2):
        with pytest.raises(Invalid):
            rule.check("clamps", wrong)
    assert rule.nearest("f_1_1-1") == (Clamp("f", 1, 1, 1),)
    assert rule.nearest("") == ()
