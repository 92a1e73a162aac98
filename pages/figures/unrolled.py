"""ModelTrace → the unrolled picture: every number it may show, packed once for the browser.

The picture steps, hovers and plays without asking again, so everything is here, computed by the core or summed up
from it; the component looks numbers up and draws them.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from pages.figures.inside import inside
from pages.figures.scale import scale
from pages.figures.weights import weights
from rnn_core.bptt import shares, signed_shares
from rnn_core.cells import CELLS
from rnn_core.drawable import drawn_steps
from rnn_core.experiment import GATHERED
from rnn_core.levels import FIRST, Level, rows, seen
from rnn_core.model import Model, ModelTrace, loss_formulas
from rnn_core.readers import END, Reading

BARS = 6  # at most so many classes are drawn above a column


@np.errstate(over="ignore", invalid="ignore")  # infinities are shown to the learner, not warned about
def unrolled(
    model: Model, reading: Reading, trace: ModelTrace, level: Level = FIRST
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Header and arrays of one sequence (B = 1): T steps drawn, H units, G blocks, K bars. NAME is a state or a gate.
    Steps are those of the Level that is looked at.

    s.NAME, d.NAME (T+1, H)   states, and ∂L/∂s_t; norm.NAME (T+1,) the lengths of the latter
    flow.NAME (T,)            length of the gradient along the edge t → t−1
    gate.NAME (T, H)          gates; mean.NAME (T,) their mean over units
    x (T, I)                  what is read, where it is numbers
    bars, errors (T, K)       guess, and its gradient guess − target; shown (T, K) which output each bar is
    target (T, K or 1)        the value of each output asked for, or the class; top (T,) the likeliest class
    losses, total (T,)        loss, and its running sum; L (1,) the sum over the whole sequence
    up (T,)                   length of what enters h_t from the readout at t
    dW (T, G*H, H)            the gradient of weight_hh gathered from the last step back to t; not where it is too much
    share (T,)                each step's signed share of it
    row.K.s.NAME, row.K.d.NAME (T, H), row.K.flow.NAME, row.K.up (T,)   the same of the K-th other Level
    and what `inside` and `weights` add

    Of a long sequence the first steps are drawn: whatever is known of them is as the whole sequence has it.
    Raises Invalid where the network is too large.
    """
    storeys, others = _storeys(model, trace, level)
    model, reading, trace = seen(model, reading, trace, level)
    layer, grads = trace.layer, trace.grads
    assert grads is not None, "backward() has not run"
    T = drawn_steps(model, len(layer))
    cell = CELLS[model.cell]
    arrays: dict[str, np.ndarray] = {}
    for name in cell.states:
        arrays[f"s.{name}"] = layer.states[name][: T + 1, 0]
        arrays[f"d.{name}"] = grads.states[name][: T + 1, 0]
        arrays[f"norm.{name}"] = np.linalg.norm(grads.states[name][: T + 1, 0], axis=-1)
        arrays[f"flow.{name}"] = np.linalg.norm(grads.flows[name][:T, 0], axis=-1)
    for name in cell.gates:
        arrays[f"gate.{name}"] = layer.gates[name][:T, 0]
        arrays[f"mean.{name}"] = layer.gates[name][:T, 0].mean(axis=-1)
    if reading.x.ndim == 3 and not reading.letters:
        arrays["x"] = reading.x[:T, 0]
    answers = {**_guesses(reading, trace), "losses": trace.losses[:, 0]}
    arrays |= {name: _at_every_step(values, len(layer))[:T] for name, values in answers.items()}
    total = np.cumsum(_at_every_step(trace.losses[:, 0], len(layer)))
    arrays |= {"total": total[:T], "L": total[-1:]}
    arrays["up"] = np.linalg.norm(grads.own[:T, 0], axis=-1)
    within, numbers = inside(model, trace)
    scales, parameters = weights(model, trace)
    arrays |= {name: values[:T] for name, values in (numbers | others).items()} | parameters
    if len(layer) * grads.params["weight_hh"].size <= GATHERED:
        arrays["dW"] = np.cumsum(shares(layer, grads)["weight_hh"][::-1], axis=0)[::-1][:T]
        scales["dW"] = scale(arrays["dW"])
    arrays["share"] = signed_shares(layer, grads)["weight_hh"][:T]

    guess, *loss = loss_formulas(reading)
    header = {
        "cell": model.cell,
        "inside": within,
        "states": cell.states,
        "gates": cell.gates,
        "blocks": cell.blocks,
        "formulas": (*cell.formulas, guess) if model.architecture.plain else cell.formulas,
        "lossFormulas": (guess, *loss) if model.architecture.plain else loss,
        "backFormulas": cell.back_formulas,
        "tokens": [_visible(token) for token in reading.tokens[:T]],
        "steps": len(layer),
        "letters": [_visible(letter) for letter in reading.letters] if level.layer == 0 else (),
        "storeys": storeys,
        "symbols": [_visible(symbol) for symbol in _symbols(reading)],
        "end": reading.symbols.index(END) if END in reading.symbols else -1,
        "asked": _at_every_step(reading.asked[:, 0], len(layer)).tolist(),
        "answered": _at_every_step(np.ones(len(trace.guess), bool), len(layer))[:T].tolist(),
        "loss": reading.loss,
        "several": reading.several,
        # One symmetric colour scale for the states, one for all gradients, so that their sizes can be compared.
        "scale": {
            "s": scale(*_of_all("s", arrays)),
            "d": scale(*(gradients[-T:] for gradients in _of_all("d", arrays))),
            "y": scale(arrays["bars"], arrays["target"]) if reading.loss == "squared" else 1.0,
            "x": scale(arrays["x"]) if "x" in arrays else 1.0,
            **scales,
        },
    }
    return header, arrays


def _at_every_step(values: np.ndarray, T: int) -> np.ndarray:
    """Of what is there after the last step only: nothing before it."""
    return np.concatenate((np.zeros((T - len(values), *values.shape[1:]), values.dtype), values))


def _guesses(reading: Reading, trace: ModelTrace) -> dict[str, np.ndarray]:
    """Bars to draw: the classes most likely and the target, in their usual order; for values, the values themselves."""
    guess, error, target = trace.guess[:, 0], trace.d_logits[:, 0], reading.target[:, 0].astype(float)
    if reading.several or reading.loss == "squared":
        shown = np.broadcast_to(np.arange(guess.shape[1]), guess.shape)
        return {"bars": guess, "errors": error, "shown": shown, "target": target if reading.several else target[:, 0]}
    if reading.loss == "binary":  # one number p says both: 1 − p and p
        target = target[:, 0]
        guess, error = np.hstack((1 - guess, guess)), np.hstack((-error, error))
    rank = np.argsort(-guess, axis=1, kind="stable")
    shown = np.empty((len(guess), min(BARS, guess.shape[1])), int)
    for t, order in enumerate(rank):
        best = [int(target[t]), *(k for k in order if k != target[t])]
        shown[t] = sorted(best[: shown.shape[1]])
    return {
        "bars": np.take_along_axis(guess, shown, 1),
        "errors": np.take_along_axis(error, shown, 1),
        "shown": shown,
        "top": rank[:, 0],
        "target": target,
    }


def _symbols(reading: Reading) -> tuple[str, ...]:
    return reading.symbols or (("0", "1") if reading.loss == "binary" else ())


def _visible(token: str) -> str:
    return "␣" if token == " " else token


def _storeys(model: Model, trace: ModelTrace, level: Level) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """How many layers and directions there are, which is looked at, and the others."""
    net, arrays = model.architecture, {}
    others = rows(trace, net, level)
    for k, row in enumerate(others):
        for name in row.trace.states:
            arrays[f"row.{k}.s.{name}"] = row.states(name)
            arrays[f"row.{k}.d.{name}"] = row.gradients(name)
            arrays[f"row.{k}.flow.{name}"] = row.flows(name)
        arrays[f"row.{k}.up"] = row.arriving()
    sizes = {"layers": net.layers, "directions": net.directions, **level._asdict(), "suffix": level.suffix}
    return {**sizes, "rows": [{**row.level._asdict(), "against": row.against} for row in others]}, arrays


def _of_all(kind: str, arrays: dict[str, np.ndarray]) -> list[np.ndarray]:
    """The states ("s") of all Levels, or their gradients ("d")."""
    return [values for name, values in arrays.items() if re.fullmatch(rf"(row\.\d+\.)?{kind}\.\w", name)]
