"""A Lab about one network: drawn from its settings, or in its place one that has learned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, Self

from rnn_core.architecture import DIRECTIONS
from rnn_core.invalid import Invalid
from rnn_core.lab import Lab
from rnn_core.levels import Level, levels
from rnn_core.link import written
from rnn_core.training.learned import Learned


@dataclass(frozen=True)
class NetworkLab(Lab):
    """layer, from 1, and direction: the Level looked at, in its own time.
    learned: the network that takes the drawn one's place and brings with it the settings BROUGHT, which then are
    neither checked nor in the link; None: there is none.

    VIEWS: the figures that make sense of one given network; any other gives way to the first of them.
    USUAL: by view, the settings that it opens with where they are other than the defaults, so that it shows its point;
    OWN: those of a learned network, in every view.
    """

    BROUGHT: ClassVar[tuple[str, ...]] = ()
    VIEWS: ClassVar[tuple[str, ...]] = ()
    USUAL: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    OWN: ClassVar[Mapping[str, Any]] = {}
    view: str = ""
    layer: int = field(default=1, kw_only=True)
    direction: str = field(default=DIRECTIONS[0], kw_only=True)
    learned: Learned | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if self.learned:
            for name, value in self.brought(self.learned).items():
                object.__setattr__(self, name, value)
        super().__post_init__()
        if self.level not in self.levels:
            object.__setattr__(self, "layer", 1)
            object.__setattr__(self, "direction", DIRECTIONS[0])
        if self.learned and self.view not in self.views:
            object.__setattr__(self, "view", self.views[0])

    @property
    def level(self) -> Level:
        """The layer and direction looked at."""
        return Level(self.layer - 1, DIRECTIONS.index(self.direction))

    @property
    def levels(self) -> list[Level]:
        """Those there are to choose from. A drawn network ends with the layer looked at: others above would not change
        what that one does."""
        if self.learned:
            return levels(self.learned.model.architecture)
        return [Level(layer) for layer in range(self.RULES["layer"].high)]

    @staticmethod
    def brought(learned: Learned) -> dict[str, Any]:
        """The settings as the learned network has them; those of BROUGHT that are not there mean nothing for it."""
        net = learned.model.architecture
        return {"cell": net.cell, "hidden": net.hidden, "length": len(learned.exam.x), "data": learned.task.name}

    @property
    def rules(self) -> Mapping[str, Any]:
        """Of the settings that are free."""
        return {name: rule for name, rule in self.RULES.items() if not (self.learned and name in self.BROUGHT)}

    @property
    def views(self) -> tuple[str, ...]:
        """The figures there are to choose from."""
        return self.VIEWS if self.learned else self.RULES["view"].options

    @classmethod
    def opens_with(cls, view: str, learned: Learned | None) -> dict[str, Any]:
        """What is other than the defaults."""
        return {**cls.USUAL.get(view, {}), **(cls.OWN if learned else {})}

    def usual(self, view: str) -> dict[str, Any]:
        """Every setting as it is in this view where a link is silent."""
        defaults = {each.name: each.default for each in fields(self) if each.name in self.RULES}
        return {**defaults, **self.opens_with(view, self.learned)}

    def changed(self, field: str, value: Any) -> Self:
        """See Lab. Another view: what stood as usual stands as it is usual there."""
        given = {field: value}
        if field == "view":
            before, there = self.usual(self.view), self.usual(value)
            same = [name for name in self.rules if name != "view" and getattr(self, name) == before[name]]
            given |= {name: there[name] for name in same if there[name] != before[name]}
        return replace(self, **given)

    def to_query(self) -> dict[str, str]:
        """The link: the learned network's, and what differs from the usual."""
        return {**(self.learned.moment.to_query() if self.learned else {}), **self._settings()}

    def _settings(self) -> dict[str, str]:
        usual = {**self.usual(self.view), "view": type(self).view}
        given = {name: getattr(self, name) for name in usual if name in self.rules}
        return {name: written(value) for name, value in given.items() if value != usual[name]}

    @classmethod
    def from_query(cls, query: Mapping[str, str], **fixed: Any) -> tuple[Self, list[Invalid]]:
        """See Lab. `learned` may be given: the network that the link names."""
        brought = cls.BROUGHT if fixed.get("learned") else ()
        usual = cls.opens_with(query.get("view", ""), fixed.get("learned"))
        query = {**{name: written(value) for name, value in usual.items()}, **query}
        return super().from_query({name: text for name, text in query.items() if name not in brought}, **fixed)

    def left(self) -> tuple[Self, list[Invalid]]:
        """The same with a drawn network, and what did not fit it."""
        return self.from_query(self._settings())
