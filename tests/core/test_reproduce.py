"""`python -m rnn_core reproduce`: all known results come out, and each is seen to fail where its equation is wrong."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any, NamedTuple

import pytest

from rnn_core import bptt, init_params, unroll
from rnn_core.__main__ import EXIT_NOT_REPRODUCED, EXIT_REPRODUCED, main
from rnn_core.analysis.bounds import spectral_radius
from rnn_core.analysis.cliff import descend, loss_and_gradient
from rnn_core.analysis.networks import network
from rnn_core.analysis.reference import REFERENCE
from rnn_core.analysis.steps import all_steps
from rnn_core.cells import LSTM, RNN
from rnn_core.params import shapes
from rnn_core.training.optimizers import clip

ROOT = Path(__file__).parents[2]
RESULTS = [row.result for row in REFERENCE]


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line, parse_constant=pytest.fail) for line in text.splitlines()]  # JSON has no NaN


# ---- As it is


def test_the_program_reproduces_all_of_them() -> None:
    """An object a line, run as a program of its own."""
    program = [sys.executable, "-m", "rnn_core", "reproduce", "--json"]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    run = subprocess.run(program, cwd=ROOT, capture_output=True, encoding="utf-8", env=environment)
    assert (run.returncode, run.stderr) == (EXIT_REPRODUCED, "")
    told = objects(run.stdout)
    assert [each["result"] for each in told] == RESULTS
    for each, row in zip(told, REFERENCE, strict=True):
        assert list(each) == ["result", "expected", "got", "ok"]
        assert each["expected"] == row.expected
        assert each["got"] == pytest.approx(row.expected, rel=0, abs=row.tolerance)
        assert each["ok"] is True


def test_a_person_reads_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    """A line each, and how many there are."""
    assert main(["reproduce"]) == EXIT_REPRODUCED
    title, *lines, last = capsys.readouterr().out.splitlines()
    assert title.split() == ["result", "got", "expected"]
    for line, row in zip(lines, REFERENCE, strict=True):
        assert line.startswith(f"ok  {row.result}  ")
        assert f"  {row.expected:g}" in line
    assert last.startswith(f"All {len(REFERENCE)} come out as they should. ")


def test_each_result_is_told_once_with_a_reason() -> None:
    """Its tolerance is no guess."""
    assert len(set(RESULTS)) == len(RESULTS)
    for row in REFERENCE:
        assert row.tolerance >= 0
        assert row.why


def test_what_is_no_number_does_not_hold() -> None:
    for row in REFERENCE:
        assert not row.holds(float("nan"))
        assert not row.holds(float("inf"))


# ---- With the core broken on purpose


class Break(NamedTuple):
    """A line of the core put wrong, and which results are then not ok: those that begin so, and no others."""

    function: Callable[..., Any]
    right: str
    wrong: str
    fail: tuple[str, ...]


BREAKS = {
    "BPTT in single precision": Break(
        bptt,
        "dtype = weight_hh.dtype",
        "dtype = np.dtype(np.float32)",
        ("linear, ρ 0.9: factor", "linear, ρ 1.1: factor"),
    ),
    "a gain below 1 forgotten": Break(init_params, "gain * np", "max(gain, 1) * np", ("linear, ρ 0.9",)),
    "a gain above 1 forgotten": Break(init_params, "gain * np", "min(gain, 1) * np", ("linear, ρ 1.1", "tanh, ρ 1.5")),
    "the input not read": Break(unroll, "a = x @", "a = 0 * x @", ("tanh",)),
    "φ′ of tanh forgotten": Break(
        RNN.back,
        'self.slope(now.state["h"])',
        '(1 if "tanh" in self.formulas[0] else self.slope(now.state["h"]))',
        ("tanh", "W = [[4, −4], [4, −4]], φ′"),
    ),
    "φ′ forgotten in the Jacobians": Break(
        all_steps, "back.recur.reshape", "np.ones_like(back.recur).reshape", ("W = [[4, −4], [4, −4]], φ′",)
    ),
    # Orthogonal matrices do not show it, nor do many steps: there a matrix and its transpose do alike.
    "W transposed in the way back": Break(
        bptt,
        "d @ weight_hh",
        "d @ (weight_hh.T if rows == H else weight_hh)",
        ("Gaussian, ρ 0.9: σ_max", "Gaussian, ρ 0.9: seeds"),
    ),
    "a radius taken for a gain": Break(
        network,
        'radius / spectral_radius(params["weight_hh"])',
        "radius",
        ("Gaussian, ρ 0.9: σ_max", "Gaussian, ρ 0.9: most left"),
    ),
    "the norm taken for the radius": Break(
        spectral_radius,
        "np.linalg.eigvals(matrix)",
        "np.linalg.svd(matrix, compute_uv=False)",
        ("Gaussian, ρ 0.9: σ_max", "Gaussian, ρ 0.9: seeds", "W = [[4, −4], [4, −4]]: spectral radius"),
    ),
    "f⊙∂L/∂c left out": Break(LSTM.back, "d_c * f}", "d_c * 0}", ("LSTM, no weights, b_f 5: ‖∂L/∂c_t‖",)),
    "∂L/∂c counted as ∂L/∂h": Break(
        LSTM.back, 'Back({"h": d_h', 'Back({"h": d_h + d_c', ("LSTM, no weights, b_f 5: largest ‖∂L/∂h_t‖",)
    ),
    "nothing forgotten": Break(LSTM.step, 'f * state["c"]', 'state["c"]', ("LSTM, memory left",)),
    "a block too many": Break(
        shapes, "len(CELLS[cell].blocks)", 'len(CELLS[cell].blocks + ("",) * (cell == "gru"))', ("GRU",)
    ),
    "clipped unasked": Break(descend, "(gradient, clip)", "(gradient, clip or CLIP)", ("the cliff, unclipped",)),
    "not clipped": Break(clip, "scale >= 1", "scale >= 0", ("the cliff, clipped",)),
    "clipped a little too far": Break(clip, "1e-6", "1e-3", ("the cliff, clipped: longest",)),
    "∂L/∂w without the state": Break(
        loss_and_gradient, 'back.recur * before["h"]', "back.recur", ("the cliff, clipped: loss in the end",)
    ),
}


def put_wrong(broken: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    """The function's code is replaced, so that whoever imported it has the wrong one."""
    function: Any = inspect.unwrap(broken.function)
    source = dedent(inspect.getsource(function))
    assert source.count(broken.right) == 1
    wrong = source.replace(broken.right, broken.wrong)
    names = dict(function.__globals__)
    exec(compile(wrong, "<broken on purpose>", "exec", annotations.compiler_flag), names)
    monkeypatch.setattr(function, "__code__", inspect.unwrap(names[function.__name__]).__code__)


@pytest.mark.parametrize("name", BREAKS)
def test_a_wrong_equation_shows(name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """In its own results and in no others, and in the exit status."""
    put_wrong(BREAKS[name], monkeypatch)
    assert main(["reproduce", "--json"]) == EXIT_NOT_REPRODUCED
    failed = [each["result"] for each in objects(capsys.readouterr().out) if not each["ok"]]
    assert failed == [result for result in RESULTS if result.startswith(BREAKS[name].fail)]


def test_every_result_can_fail() -> None:
    """There is an equation for each to depend on; and no break waits for a result that is gone."""
    for result in RESULTS:
        assert any(result.startswith(each.fail) for each in BREAKS.values())
    for each in BREAKS.values():
        for beginning in each.fail:
            assert any(result.startswith(beginning) for result in RESULTS)


def test_a_person_reads_what_failed_and_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The reason for the tolerance says what the number should have been held by."""
    put_wrong(BREAKS["f⊙∂L/∂c left out"], monkeypatch)
    assert main(["reproduce"]) == EXIT_NOT_REPRODUCED
    out = capsys.readouterr().out
    (row,) = (row for row in REFERENCE if row.result.startswith(BREAKS["f⊙∂L/∂c left out"].fail))
    assert f"\nNO  {row.result}" in out
    assert f"\n    tolerance: {row.why}\n" in out
    assert out.splitlines()[-1].startswith(f"1 of {len(REFERENCE)} do not come out as they should. ")
