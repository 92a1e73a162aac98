"""How the page writes numbers, said a second time: three decimals, or an exponent where these would say nothing."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal


def magnitude(v: float) -> str:
    if v == 0:
        return "0"
    size = Decimal(abs(float(v))) if math.isfinite(v) else None
    if size is None:
        return "NaN" if math.isnan(v) else "−∞" if v < 0 else "∞"
    if Decimal("0.0005") <= size < 1000:
        return str(_rounded(size, "0.001"))
    return f"{Context(prec=2, rounding=ROUND_HALF_UP).create_decimal(size):.1e}".replace("-", "−").replace("e+", "e")


def signed(v: float) -> str:
    return magnitude(v) if math.isnan(v) or v == 0 else ("−" if v < 0 else "+") + magnitude(abs(v))


def percent(v: float) -> str:
    whole = _rounded(Decimal(abs(100 * float(v))), "1")
    return f"{'' if whole == 0 else '−' if v < 0 else '+'}{whole}%"


def value(text: str) -> float:
    """What a text of full precision says, to the last bit."""
    return float(text.strip().replace("−", "-"))


def _rounded(size: Decimal, unit: str) -> Decimal:
    return size.quantize(Decimal(unit), ROUND_HALF_UP)
