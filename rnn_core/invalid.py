"""The one way the core says no."""

from __future__ import annotations

from typing import Any


class Invalid(ValueError):
    """A value that cannot be used.

    code   what is wrong, a stable short name the screen turns into a sentence ("too-long", "not-finite", …)
    field  which value it was
    value  what was given, or the part of it that is at fault
    bound  the limit it broke, where there is one
    """

    def __init__(self, code: str, field: str, value: Any = None, bound: Any = None):
        self.code, self.field, self.value, self.bound = code, field, value, bound
        limit = "" if bound is None else f" (limit {bound})"
        super().__init__(f"{field}: {code}: {value!r}{limit}")
