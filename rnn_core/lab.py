"""Lab: the settings of a page that is an experiment of its own, as one small frozen value, and its link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Self

from rnn_core.invalid import Invalid
from rnn_core.link import lenient, written


@dataclass(frozen=True)
class Lab:
    """A subclass has a field with a default for each of its RULES (tables in `experiment`, where all limits live).

    Raises Invalid at the first value that cannot be used.
    """

    RULES: ClassVar[Mapping[str, Any]] = {}

    def __post_init__(self) -> None:
        for name, rule in self.rules.items():
            rule.check(name, getattr(self, name))

    @property
    def rules(self) -> Mapping[str, Any]:
        """Of the settings that are free."""
        return self.RULES

    def changed(self, field: str, value: Any) -> Self:
        """The same with one setting changed; a subclass lets others give way where they must."""
        return replace(self, **{field: value})

    def to_query(self) -> dict[str, str]:
        """The link: what differs from the defaults."""
        return {
            field.name: written(getattr(self, field.name))
            for field in fields(self)
            if field.name in self.rules and getattr(self, field.name) != field.default
        }

    @classmethod
    def from_query(cls, query: Mapping[str, str], **fixed: Any) -> tuple[Self, list[Invalid]]:
        """Read a link, whatever it holds: settings, and what had to be mended to get them. fixed: what no link says."""
        notices: list[Invalid] = []
        given: dict[str, Any] = {}
        for name, rule in cls.RULES.items():
            if name in query:
                optional = getattr(rule, "optional", False) and query[name] == "None"
                given[name] = None if optional else lenient(name, rule, query[name], notices)
                if given[name] is None and not optional:
                    del given[name]
        while True:
            try:
                return cls(**given, **fixed), notices
            except Invalid as problem:  # together too much: that one as usual
                notices.append(problem)
                if problem.field not in given:
                    raise
                del given[problem.field]
