"""What those who watch a Group are sent, ready for JSON: once all of it, then again and again what is new.

    whole  {"kind": "whole", "state", "speed", "tokens", "models": [model …], "before": [curves …], "probe": [probe …]}
    news   {"kind": "news", "state", "speed", "models": [model …], and where there was time for it "probe"}; whole again
           where an update that had been told of was taken back
    model  state, made, lr, solved, diverged, loss, norm, clipped, score: as they are now, every digit; None before the
           first update. Its rates: [update, learning rate from then on] … And its new `curves`
    curves at, loss, norm, clipped (points,): means over the updates up to `at`; exams: [update, score] …

A probe holds maps as bytes, time steps × units, one for each number: 0 … 255 is 0 … 1, or for signed ones −scale …
+scale. Lengths of gradients are log₁₀, None for 0 and where they exploded; so is every other number that is none.
"""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rnn_core.clamp import CANDIDATES
from rnn_core.model import ModelTrace
from rnn_core.training.group import Group, Look, Slice
from rnn_core.training.learned import tokens
from rnn_core.training.run import Exam, History, Run

WHOLE, SLICE = 800, 12  # points of a curve, and exams, at most: of all that was, and of a slice of work
CELLS_SHOWN = 8192  # time steps × units of a map at most; else the first units are shown
BARS = 41  # of a distribution
Numbers = Sequence[float] | np.ndarray


def whole(group: Group) -> dict[str, Any]:
    """For who comes to watch now."""
    first = group.runs[0]
    return {
        "kind": "whole",
        **_now(group),
        "tokens": tokens(first.task, first.probe_set),
        "models": [_model(run, _curves(run.history)) for run in group.runs],
        "before": [_curves(history) for history in group.before],
        "probe": probes(group.look()),
    }


def news(group: Group, done: Slice) -> dict[str, Any]:
    """After a slice of work, for who has seen all before it."""
    if any(report.stop < report.start for report in done.reports):
        return whole(group)
    models = [
        _model(run, _points(report.start, report.losses, report.norms, report.clipped, report.exams, SLICE))
        for run, report in zip(group.runs, done.reports, strict=True)
    ]
    return {"kind": "news", **_now(group), "models": models, **({"probe": probes(done.looks)} if done.looks else {})}


def probes(looks: Sequence[Look]) -> list[dict[str, Any]]:
    """What each model makes of the probe sequence."""
    return [probe(look) for look in looks]


def probe(look: Look) -> dict[str, Any]:
    """Maps of the first layer's states and gates, lengths of ∂L/∂s_t, answers beside targets, and how the weights are
    distributed."""
    trace = look.trace
    layer, grads = trace.layer, trace.grads
    assert grads is not None, "backward() has not run"
    T, H = len(layer), layer.states["h"].shape[2]
    shown = max(1, min(H, CELLS_SHOWN // T))
    values = {name: state[1:] for name, state in layer.states.items()} | layer.gates
    signed = {*layer.states, *CANDIDATES}
    return {
        "steps": T, "units": shown, "of": H,
        "maps": {name: _map(each[:, 0, :shown], name in signed) for name, each in values.items()},
        "flow": {name: _logs(d[:, 0]) for name, d in grads.states.items()},
        "answers": _answers(trace),
        "weights": _distributions(look.model.params),
    }  # fmt: skip


def _now(group: Group) -> dict[str, Any]:
    return {"state": group.state, "speed": group.speed}


def _model(run: Run, curves: dict[str, Any]) -> dict[str, Any]:
    history = run.history
    last = {
        name: values[-1] if values else None
        for name, values in (("loss", history.losses), ("norm", history.norms), ("clipped", history.clipped))
    }
    score = history.exams[-1].score if history.exams else None
    return {
        "state": run.state, "made": run.made, "lr": run.lr, "solved": run.solved_at, "diverged": run.diverged_at,
        **last, "score": score, "rates": _rates(history), "curves": curves,
    }  # fmt: skip


def _curves(history: History) -> dict[str, Any]:
    return _points(0, history.losses, history.norms, history.clipped, history.exams, WHOLE)


def _rates(history: History) -> list[list[float]]:
    """Of those set at the same update, the last."""
    return [[at, lr] for at, lr in dict(history.rates).items()]


def _points(
    start: int, losses: Numbers, norms: Numbers, clipped: Numbers, exams: Sequence[Exam], most: int
) -> dict[str, Any]:
    """The updates after number `start` as at most so many points, and at most so many of the exams."""
    ends = np.linspace(0, len(losses), min(len(losses), most) + 1).astype(int)
    with np.errstate(over="ignore"):
        means = {
            name: _shorts(np.add.reduceat(values, ends[:-1]) / np.diff(ends)) if len(values) else []
            for name, values in (("loss", losses), ("norm", norms), ("clipped", clipped))
        }
    some = [exams[k] for k in np.linspace(0, len(exams) - 1, min(len(exams), most)).astype(int)]
    return {"at": (start + ends[1:]).tolist(), **means, "exams": [[exam.update, _short(exam.score)] for exam in some]}


def _short(value: float) -> float | None:
    short = float(f"{value:.5g}")
    return short if math.isfinite(short) else None


def _shorts(values: np.ndarray) -> list[float | None]:
    return [_short(value) for value in values.tolist()]


def _logs(d: np.ndarray) -> list[float | None]:
    """(T, H) → log₁₀ of each row's length. In float64, or the squares of what is tiny would be 0."""
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        return [_short(log) for log in np.log10(np.linalg.norm(d.astype(float), axis=-1)).round(3).tolist()]


def _map(values: np.ndarray, signed: bool) -> dict[str, Any]:
    """(T, H) as bytes; what is no number is the middle."""
    scale = float(np.abs(values).max(initial=1.0, where=np.isfinite(values))) if signed else 1.0
    shares = values / scale / 2 + 0.5 if signed else values
    levels = np.round(255 * np.clip(np.nan_to_num(shares, nan=0.5), 0, 1)).astype(np.uint8)
    return {"signed": signed, "scale": _short(scale), "bytes": b64encode(levels.tobytes()).decode()}


def _answers(trace: ModelTrace) -> dict[str, Any]:
    """By what is asked: one number at each step ("number"), several ("numbers", as maps) or one of many ("class")."""
    batch, guess = trace.batch, trace.guess[:, 0]
    asked = batch.asked[:, 0].tolist()
    if batch.loss == "cross-entropy":
        target = batch.target[:, 0]
        chance = _shorts(guess[np.arange(len(guess)), target])
        top = guess.argmax(axis=1).tolist()
        return {"kind": "class", "asked": asked, "target": target.tolist(), "top": top, "chance": chance}
    target = batch.target[:, 0]
    if guess.shape[1] > 1:
        signed = batch.loss == "squared"
        return {"kind": "numbers", "asked": asked, "guess": _map(guess, signed), "target": _map(target, signed)}
    return {"kind": "number", "asked": asked, "guess": _shorts(guess[:, 0]), "target": _shorts(target[:, 0])}


def _distributions(params: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """How many of each matrix's weights lie where, in BARS of equal width from −reach to reach."""
    matrices = {name: value for name, value in params.items() if name.startswith("weight")}
    reach = max(float(np.abs(value).max(initial=0)) for value in matrices.values()) or 1.0
    counts = {
        name: np.histogram(value / reach, bins=BARS, range=(-1, 1))[0].tolist() for name, value in matrices.items()
    }
    return {"reach": _short(reach), "counts": counts}
