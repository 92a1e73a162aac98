"""ModelTrace → the unrolled picture: every number it may show, packed once for the browser.

The picture steps, hovers and plays without asking again, so everything is here, computed by the core or summed up
from it; the component looks numbers up and draws them. The packing is a 4-byte length, a JSON header of that length
padded to 8 bytes, and the arrays as little-endian float64, where and in which shape the header says.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from pages.figures.inside import inside
from pages.figures.scale import scale
from pages.figures.weights import weights
from rnn_core.bptt import shares, signed_shares
from rnn_core.cells import CELLS
from rnn_core.model import LOSS_FORMULAS, Model, ModelTrace
from rnn_core.readers import Reading

BARS = 6  # at most so many classes are drawn above a column


@np.errstate(over="ignore", invalid="ignore")  # infinities are shown to the learner, not warned about
def unrolled(model: Model, reading: Reading, trace: ModelTrace) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Header and arrays of one sequence (B = 1): T steps, H units, G blocks, K bars. NAME is a state or a gate.

    s.NAME, d.NAME (T+1, H)   states, and ∂L/∂s_t; norm.NAME (T+1,) the lengths of the latter
    flow.NAME (T,)            length of the gradient along the edge t → t−1
    gate.NAME (T, H)          gates; mean.NAME (T,) their mean over units
    x (T,)                    what is read, where it is a number
    bars, errors (T, K)       guess, and its gradient guess − target; shown (T, K) which class each bar is
    target, top (T,)          class or value asked for; the likeliest class
    losses, total (T,)        loss, and its running sum
    up (T,)                   length of what the readout at t sends into h_t
    dW (T, G*H, H)            the gradient of weight_hh gathered from T back to t
    share (T,)                each step's signed share of it
    and what `inside` and `weights` add
    """
    layer, grads = trace.layer, trace.grads
    assert grads is not None, "backward() has not run"
    cell = CELLS[model.cell]
    arrays: dict[str, np.ndarray] = {}
    for name in cell.states:
        arrays[f"s.{name}"] = layer.states[name][:, 0]
        arrays[f"d.{name}"] = grads.states[name][:, 0]
        arrays[f"norm.{name}"] = np.linalg.norm(grads.states[name][:, 0], axis=-1)
        arrays[f"flow.{name}"] = np.linalg.norm(grads.flows[name][:, 0], axis=-1)
    for name in cell.gates:
        arrays[f"gate.{name}"] = layer.gates[name][:, 0]
        arrays[f"mean.{name}"] = layer.gates[name][:, 0].mean(axis=-1)
    arrays |= _guesses(reading, trace)
    if not reading.symbols:
        arrays["x"] = reading.x[:, 0, 0]
    arrays["losses"] = trace.losses[:, 0]
    arrays["total"] = np.cumsum(trace.losses[:, 0])
    arrays["up"] = np.linalg.norm(trace.d_logits[:, 0] @ model.params["weight_hy"], axis=-1)
    within, numbers = inside(model, trace)
    scales, parameters = weights(model, trace)
    arrays |= numbers | parameters
    own = {"weight_hh": shares(layer, grads)["weight_hh"]}
    arrays["dW"] = np.cumsum(own["weight_hh"][::-1], axis=0)[::-1]
    arrays["share"] = signed_shares(layer, grads, own)["weight_hh"]

    header = {
        "cell": model.cell,
        "inside": within,
        "states": cell.states,
        "gates": cell.gates,
        "blocks": cell.blocks,
        "formulas": (*cell.formulas, LOSS_FORMULAS[reading.loss][0]),
        "lossFormulas": LOSS_FORMULAS[reading.loss],
        "backFormulas": cell.back_formulas,
        "tokens": [_visible(token) for token in reading.tokens],
        "symbols": [_visible(symbol) for symbol in _symbols(reading)],
        "asked": reading.asked[:, 0].tolist(),
        "loss": reading.loss,
        # One symmetric colour scale for the states, one for all gradients, so that their sizes can be compared.
        "scale": {
            "s": scale(*(arrays[f"s.{name}"] for name in cell.states)),
            "d": scale(*(arrays[f"d.{name}"][1:] for name in cell.states)),
            "y": scale(arrays["bars"], arrays["target"]) if reading.loss == "squared" else 1.0,
            "x": scale(arrays["x"]) if "x" in arrays else 1.0,
            "dW": scale(arrays["dW"]),
            **scales,
        },
    }
    return header, arrays


def pack(header: dict[str, Any], arrays: dict[str, np.ndarray]) -> bytes:
    """Header and arrays as one block of bytes. What several names share is there once."""
    at, index = 0, {}
    sent: dict[Any, tuple[int, np.ndarray]] = {}
    for name, array in arrays.items():
        where, shared = sent.setdefault((array.ctypes.data, array.shape, array.strides), (at, array))
        index[name] = [where, list(array.shape)]
        at += array.size if shared is array else 0
    head = json.dumps({**header, "arrays": index}, ensure_ascii=False).encode()
    head += b" " * (-(len(head) + 4) % 8)
    body = b"".join(np.ascontiguousarray(array, "<f8").tobytes() for _, array in sent.values())
    return len(head).to_bytes(4, "little") + head + body


def _guesses(reading: Reading, trace: ModelTrace) -> dict[str, np.ndarray]:
    """Bars to draw: the classes most likely and the target, in their usual order; for a value, the value itself."""
    guess, error, target = trace.guess[:, 0], trace.d_logits[:, 0], reading.target[:, 0].astype(float)
    if reading.loss == "binary":  # one number p says both: 1 − p and p
        target = target[:, 0]
        guess, error = np.hstack((1 - guess, guess)), np.hstack((-error, error))
    if reading.loss == "squared":
        return {"bars": guess, "errors": error, "shown": np.zeros_like(guess), "target": target[:, 0]}
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
