"""Ticks and numbers on a log scale, however far it goes."""

from __future__ import annotations

from typing import Any

import numpy as np


def log_axis(values: np.ndarray) -> dict[str, Any]:
    """Of a log axis: ticks at powers of ten, where there are few at 1, 2 and 5 times them; linear where even these are.
    Plotly's own would be one tick or none, or a row of 2 and 5 without their power."""
    shown = np.log10(values[np.isfinite(values) & (values > 0)])
    low, high = (float(shown.min()), float(shown.max())) if len(shown) else (0.0, 1.0)
    ticks = log_ticks(low, high)
    if sum(low <= tick <= high for tick in ticks["tickvals"]) < 2:
        return {"type": "linear"}
    return {"type": "log", "tickvals": [10**tick for tick in ticks["tickvals"]], "ticktext": ticks["ticktext"]}


def log_ticks(low: float, high: float) -> dict[str, Any]:
    """Of an axis of logarithms, from low to high: where ticks stand, and 10 to the power, as they are written."""
    few = high - low < 2
    step = 1 if few else _tick(high - low)
    powers = range(step * int(np.floor(low / step)), int(np.ceil(high)) + 1, step)
    marks = [(digit, power) for power in powers for digit in ((1, 2, 5) if few else (1,))]
    return {
        "tickvals": [float(np.log10(digit)) + power for digit, power in marks],
        "ticktext": [_mark(digit, power) for digit, power in marks],
    }


def _mark(digit: int, power: int) -> str:
    if -4 < power < 5:
        return f"{digit * 10.0**power:.{max(0, -power)}f}"
    return f"{digit}·10<sup>{power}</sup>" if digit > 1 else f"10<sup>{power}</sup>"


def _tick(span: float) -> int:
    """So many powers of ten between two ticks: 1, 2, 5 times a power of ten, about six ticks in all."""
    wanted = max(1.0, span / 6)
    power = 10 ** np.floor(np.log10(wanted))
    return int(next(step * power for step in (1, 2, 5, 10) if step * power >= wanted))


def written(logs: np.ndarray) -> np.ndarray:
    """10 to this power as text, wherever floats end: 3.2e-410."""

    def one(v: float) -> str:
        if not np.isfinite(v):
            return "0" if v == -np.inf else "∞" if v == np.inf else "NaN"
        power = int(np.floor(v))
        return f"{10 ** (v - power):.2f}e{power}"

    return np.vectorize(one, otypes=[object])(logs)
