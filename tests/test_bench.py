"""The benchmark's harness: what it writes, and that it never times a wrong answer. No times are judged here."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.bench import harness
from tests.bench.__main__ import main
from tests.bench.harness import Case, Sides, measure, misses
from tests.bench.trace import trace

FIELDS = {"case", "ours_ms", "peer", "peer_ms", "ratio", "floor"}


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_tiny_trace_is_measured(cell: str, dtype: type):
    row = measure(Case("tiny", "torch", lambda: trace(cell, dtype, T=4, H=3, B=2, I=2), pairs=3, floor=2))
    assert set(row) == FIELDS
    assert min(row["ours_ms"], row["peer_ms"], row["ratio"]) > 0


def test_the_file_holds_a_list_of_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    tiny = Case("tiny", "the same", sides_that_give(1, 1), pairs=3, extra=lambda: {"ours_mib": None})
    monkeypatch.setitem(harness.CASES, "tiny", tiny)
    path = tmp_path / "bench.json"
    assert main(["tiny"], path) == 0
    (row,) = json.loads(path.read_text(encoding="utf-8"))
    assert set(row) == {*FIELDS, "ours_mib"}
    assert (row["case"], row["peer"], row["floor"]) == ("tiny", "the same", None)
    assert "tiny" in capsys.readouterr().out


def test_an_unknown_case_lists_the_names(tmp_path: Path, capsys: pytest.CaptureFixture):
    path = tmp_path / "bench.json"
    assert main(["nothing"], path) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert all(name in said for name in ("import", "trace-rnn", "trace-lstm", "trace-gru"))
    assert not path.exists()


def test_a_name_stands_for_all_that_begin_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    tiny = [Case(name, "the same", sides_that_give(1, 1), pairs=3) for name in ("ti", "ti-a", "ti-b 2", "tim-a")]
    monkeypatch.setattr(harness, "CASES", {case.name: case for case in tiny})
    path = tmp_path / "bench.json"
    assert harness.run(["ti-b 2", "ti"], path) == 0
    assert [row["case"] for row in json.loads(path.read_text(encoding="utf-8"))] == ["ti-b 2", "ti", "ti-a"]


def test_a_wrong_answer_is_not_timed():
    with pytest.raises(AssertionError):
        measure(Case("wrong", "the right one", sides_that_give(1, 2)))


def test_a_missed_floor_and_a_passed_limit_are_said():
    promised = Case("slow", "peer", sides_that_give(1, 1), floor=2, limits={"ours_ms": 300})
    assert len(misses(promised, {"ratio": 1.9, "ours_ms": 301})) == 2
    assert not misses(promised, {"ratio": 2.0, "ours_ms": None})


def sides_that_give(mine: int, theirs: int):
    def agree(left: int, right: int) -> None:
        assert left == right

    return lambda: Sides(lambda: mine, lambda: theirs, agree)
