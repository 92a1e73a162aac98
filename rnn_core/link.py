"""Settings in a link: written exactly, read leniently. Each repair is reported as an `Invalid`, for a page to say."""

from __future__ import annotations

from typing import Any

from rnn_core.invalid import Invalid


def written(value: Any) -> str:
    """A setting as text, every bit of it: numbers as short as they go, several with spaces between."""
    if isinstance(value, tuple):
        return " ".join(map(written, value))
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def lenient(name: str, rule: Any, text: str, notices: list[Invalid]) -> Any:
    """The value nearest to `text` that the rule allows, or None; a repair is noted."""
    try:
        value = rule.nearest(text)
    except (ValueError, OverflowError):
        notices.append(Invalid("ignored", name, text))
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and value != float(text):
        notices.append(Invalid("clamped", name, text, value))
    return value
